/** Names one claim of one message for ever: neither number is used twice. */
export function receiptFor(lease: number, message: number): string {
  return `${lease}:${message}`;
}

export function leaseOf(receipt: string): number {
  return Number(receipt.slice(0, receipt.indexOf(':')));
}

export function messageOf(receipt: string): number {
  return Number(receipt.slice(receipt.indexOf(':') + 1));
}
