import { DriverError, type KeptMessage } from '@lovage/contracts';
import { readEnvelope } from '@lovage/protocol';
import type { Courier } from '../broker/courier.ts';
import { type MessageRow, toRow } from '../broker/rows.ts';
import { byteaArray, int8Array, textArray } from '../database/arrays.ts';
import type { Run } from '../database/database.ts';
import { FENCE, FORGET, KEEP, KEPT, LOCK } from './statements.ts';

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

/** First in a transaction that claims, so that these go one by one. False where a larger fence has been here. */
export async function passes(run: Run, fence: number): Promise<boolean> {
  const [last] = await run<{ readonly fence: number }>(LOCK);
  if (last!.fence < fence) await run(FENCE, [fence]);
  return last!.fence <= fence;
}

/** As `ScheduleStore.kept`. */
export async function kept(run: Run, limit: number): Promise<readonly KeptMessage[]> {
  return (await run<KeptRow>(KEPT, [Math.max(0, limit)])).map(toKept);
}

/** As `ScheduleStore.forget`. */
export async function forgetKept(run: Run, ids: readonly string[]): Promise<void> {
  await run(FORGET, [int8Array(ids.map(Number).filter(Number.isSafeInteger))]);
}

interface KeptRow {
  readonly id: number;
  readonly queue: string;
  readonly due: number;
  readonly envelope: string;
  readonly body: Uint8Array;
}

/** @throws DriverError 'corrupt' */
function toKept({ id, queue, due, envelope: text, body }: KeptRow): KeptMessage {
  const stored = readEnvelope(text, body);
  if ('fault' in stored) {
    throw new DriverError('corrupt', `row ${id} of schedule_outbox: ${stored.fault}: repair or delete it`);
  }
  const { envelope } = stored;
  return { id: String(id), message: due > 0 ? { queue, envelope, notBefore: due } : { queue, envelope } };
}
