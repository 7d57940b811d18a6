import type { OutgoingMessage } from '@lovage/contracts';
import { writeEnvelope } from '@lovage/protocol';
import { byteaArray, int2Array, int4Array, int8Array, textArray } from '../database/arrays.ts';

/** A message as its columns, but for its queue, which is still a name. */
export interface MessageRow {
  readonly queue: string;
  readonly rank: number;
  readonly envelope: string;
  readonly body: Uint8Array;
  /** Epoch ms; 0 when it may be claimed at once. */
  readonly due: number;
}

/** Ranks are priorities, the higher the sooner. */
export const RANKS: readonly number[] = [9, 8, 7, 6, 5, 4, 3, 2, 1, 0];

/** Encoded before the transaction: what cannot be encoded fails its own call and no other. */
export function toRow({ queue, envelope, notBefore }: OutgoingMessage): MessageRow {
  return {
    queue,
    rank: Math.min(9, Math.max(0, Math.trunc(envelope.priority ?? 0))),
    envelope: writeEnvelope(envelope),
    body: envelope.body,
    due: Math.ceil(notBefore ?? 0),
  };
}

/** Columns of many rows, for `unnest`: queue, rank, due, envelope, body. Null is not parked. */
export function columnsOf(
  rows: readonly MessageRow[],
  ids: ReadonlyMap<string, number>,
  now: number,
): Buffer[] {
  return [
    int4Array(rows.map((row) => ids.get(row.queue)!)),
    int2Array(rows.map((row) => row.rank)),
    int8Array(rows.map((row) => (row.due > now ? row.due : null))),
    textArray(rows.map((row) => row.envelope)),
    byteaArray(rows.map((row) => row.body)),
  ];
}
