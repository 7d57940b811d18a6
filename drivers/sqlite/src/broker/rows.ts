import type { OutgoingMessage } from '@lovage/contracts';
import { writeEnvelope } from '@lovage/protocol';

/** A message as its columns. */
export interface MessageRow {
  readonly queue: string;
  readonly rank: number;
  readonly envelope: string;
  readonly body: Uint8Array;
  /** Epoch ms; 0 when it may be claimed at once. */
  readonly due: number;
}

/** Encoded before the transaction: what cannot be encoded fails its own call and no other. */
export function toRow({ queue, envelope, notBefore }: OutgoingMessage): MessageRow {
  return {
    queue,
    rank: envelope.priority ?? 0,
    envelope: writeEnvelope(envelope),
    body: envelope.body,
    due: notBefore ?? 0,
  };
}
