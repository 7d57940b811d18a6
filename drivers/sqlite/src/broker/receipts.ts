/**
 * Receipts name one claim of one message for ever. A lease's number is never given again, but a message's may be,
 * once the message is gone; the third number, of the claim in this process, tells them apart.
 */
let claims = 0;

export function newReceipt(lease: number, message: number): string {
  claims += 1;
  return `${lease}:${message}:${claims}`;
}

export interface Receipt {
  readonly lease: number;
  readonly message: number;
}

export function readReceipt(receipt: string): Receipt {
  const [lease, message] = receipt.split(':');
  return { lease: Number(lease), message: Number(message) };
}
