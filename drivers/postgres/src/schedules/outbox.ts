import { DriverError, type KeptMessage } from '@lovage/contracts';
import { readEnvelope } from '@lovage/protocol';
import type { Courier } from '../broker/courier.ts';
import { type MessageRow, toRow } from '../broker/rows.ts';
import { byteaArray, int8Array, textArray } from '../database/arrays.ts';
import { KEEP } from './statements.ts';

/** Where messages wait that another broker is to send. It has no queues, and nobody waits for them. */
export const OUTBOX: Courier<MessageRow> = {
  pack: (messages) => messages.map(toRow),

  async ready() {},

  async insert(run, rows) {
    await run(KEEP, [
      textArray(rows.map((row) => row.queue)),
      int8Array(rows.map((row) => row.due)),
      textArray(rows.map((row) => row.envelope)),
      byteaArray(rows.map((row) => row.body)),
    ]);
    return () => {};
  },
};

export interface KeptRow {
  readonly id: number;
  readonly queue: string;
  readonly due: number;
  readonly envelope: string;
  readonly body: Uint8Array;
}

/** @throws DriverError 'corrupt' */
export function toKept({ id, queue, due, envelope: text, body }: KeptRow): KeptMessage {
  const stored = readEnvelope(text, body);
  if ('fault' in stored) {
    throw new DriverError('corrupt', `row ${id} of schedule_outbox: ${stored.fault}: repair or delete it`);
  }
  const { envelope } = stored;
  return { id: String(id), message: due > 0 ? { queue, envelope, notBefore: due } : { queue, envelope } };
}
