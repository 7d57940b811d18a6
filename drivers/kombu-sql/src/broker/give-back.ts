import { int4Array, type Run, repeatable, statement, textArray } from '@lovage/postgres/kit';
import { markPayload } from './payload.ts';
import { NEXT_VERSION } from './statements.ts';

/** Messages read at a time: a body may be large. */
const BATCH = 100;

const OF_LEASES = repeatable(
  'kombu held by leases',
  `select h.message, h.lease, m.payload from lovage_kombu_message_held h
    left join kombu_message m on m.id = h.message
    where h.lease = any($1::int4[]) order by h.message limit ${BATCH} for update of h`,
);
const OF_RECEIPTS = repeatable(
  'kombu held by receipts',
  `select h.message, h.lease, m.payload from unnest($1::int4[], $2::int4[]) as r(message, lease)
    join lovage_kombu_message_held h on h.message = r.message and h.lease = r.lease
    left join kombu_message m on m.id = h.message
    order by h.message for update of h`,
);
/** Its time stays, so it is in front of whatever has never been out. What Python has purged meanwhile is gone. */
const RETURN = statement(
  'kombu return',
  `with back as (
    delete from lovage_kombu_message_held h using unnest($1::int4[], $2::text[]) as r(message, payload)
    where h.message = r.message returning h.message, r.payload
  )
  update kombu_message m set visible = true, payload = back.payload, version = ${NEXT_VERSION}
  from back where m.id = back.message returning m.queue_id as queue`,
);

/** A message that is out, under which lease. */
export interface HeldRow {
  readonly message: number;
  readonly lease: number;
  /** Null where the message was purged under us. */
  readonly payload: string | null;
}

/** What was given back, and to which queues. */
export interface GivenBack {
  readonly held: readonly HeldRow[];
  readonly queues: readonly number[];
}

/** Gives back all that is held under leases. In a transaction of the caller's; `lost` counts each of them. */
export async function giveBackLeases(run: Run, leases: readonly number[], lost: boolean): Promise<GivenBack> {
  const held: HeldRow[] = [];
  const queues = new Set<number>();
  for (;;) {
    const rows = await run<HeldRow>(OF_LEASES, [int4Array(leases)]);
    for (const queue of await giveBack(run, rows, () => lost)) queues.add(queue);
    held.push(...rows);
    if (rows.length < BATCH) return { held, queues: [...queues] };
  }
}

/** Gives back those of the receipts that are still held. In a transaction of the caller's. */
export async function giveBackReceipts(
  run: Run,
  receipts: readonly { readonly id: number; readonly lease: number; readonly lost: boolean }[],
): Promise<GivenBack> {
  const lost = new Set(receipts.filter((each) => each.lost).map(({ id }) => id));
  const held: HeldRow[] = [];
  const queues = new Set<number>();
  for (let from = 0; from < receipts.length; from += BATCH) {
    const some = receipts.slice(from, from + BATCH);
    const rows = await run<HeldRow>(OF_RECEIPTS, [
      int4Array(some.map(({ id }) => id)),
      int4Array(some.map(({ lease }) => lease)),
    ]);
    for (const queue of await giveBack(run, rows, ({ message }) => lost.has(message))) queues.add(queue);
    held.push(...rows);
  }
  return { held, queues: [...queues] };
}

async function giveBack(
  run: Run,
  rows: readonly HeldRow[],
  isLost: (row: HeldRow) => boolean,
): Promise<readonly number[]> {
  if (rows.length === 0) return [];
  const payloads = rows.map((row) => markPayload(row.payload ?? '', isLost(row)));
  const returned = await run<{ readonly queue: number }>(RETURN, [
    int4Array(rows.map(({ message }) => message)),
    textArray(payloads),
  ]);
  return returned.map(({ queue }) => queue);
}
