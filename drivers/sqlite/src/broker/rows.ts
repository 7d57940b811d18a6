import type { Envelope, OutgoingMessage } from '@lovage/contracts';

/** A message as its columns. */
export interface MessageRow {
  readonly queue: string;
  readonly rank: number;
  /** JSON of the envelope without its body. */
  readonly envelope: string;
  readonly body: Uint8Array;
  /** Epoch ms; 0 when it may be claimed at once. */
  readonly due: number;
}

/** Encoded before the transaction: what cannot be encoded fails its own call and no other. */
export function toRow({ queue, envelope, notBefore }: OutgoingMessage): MessageRow {
  const { body, ...rest } = envelope;
  return { queue, rank: envelope.priority ?? 0, envelope: JSON.stringify(rest), body, due: notBefore ?? 0 };
}

export type StoredEnvelope =
  | { readonly envelope: Envelope }
  | { readonly envelope: Envelope; readonly fault: string };

/** Never throws: a row that somebody else has written over becomes an envelope with a fault. */
export function fromRow(text: string, body: Uint8Array): StoredEnvelope {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    return unreadable(text, error instanceof Error ? error.message : String(error));
  }
  if (!isEnvelope(parsed)) return unreadable(text, 'not an envelope');
  return { envelope: Object.assign(parsed, { body }) };
}

function isEnvelope(value: unknown): value is Omit<Envelope, 'body'> {
  if (typeof value !== 'object' || value === null) return false;
  const { id, headers, contentType, contentEncoding } = value as Partial<Envelope>;
  return (
    typeof id === 'string' &&
    typeof headers === 'object' &&
    headers !== null &&
    typeof contentType === 'string' &&
    typeof contentEncoding === 'string'
  );
}

function unreadable(text: string, why: string): StoredEnvelope {
  return {
    fault: `the envelope column cannot be read: ${why}`,
    envelope: {
      id: '',
      headers: {},
      body: new TextEncoder().encode(text),
      contentType: 'application/octet-stream',
      contentEncoding: 'binary',
    },
  };
}
