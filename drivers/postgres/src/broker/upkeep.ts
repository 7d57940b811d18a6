import { int4Array } from '../database/arrays.ts';
import type { Session } from '../database/session.ts';
import { NOW_MS, repeatable } from '../database/statement.ts';
import { endLapsed } from './leases.ts';
import type { Upkept } from './tables.ts';
import { announceReady } from './wakes.ts';

/** Parked messages made ready at a time, per queue: what is due at once must not make one transaction long. */
const PROMOTE_BATCH = 1000;

const PROMOTE = repeatable(
  'promote',
  `update lovage.messages m set due = null
  from (
    select first.place from unnest($1::int4[]) as look(queue), lateral (
      select ctid as place from lovage.messages
      where queue = look.queue and due <= $2::int8
      order by due, id limit ${PROMOTE_BATCH} for update skip locked
    ) as first
  ) as next
  where m.ctid = next.place and m.due is not null
  returning m.queue`,
);
const CHANCES = repeatable(
  'chances',
  `select (select min(until) from lovage.consumers) - ${NOW_MS} as lapse,
    (select min(first.due) from unnest($1::int4[]) as look(queue), lateral (
      select due from lovage.messages where queue = look.queue and due is not null order by due limit 1
    ) as first) as due`,
);

interface Chances {
  /** In ms from now, when the next lease runs out. */
  readonly lapse: number | null;
  /** Epoch ms when the next parked message is due. */
  readonly due: number | null;
}

/** Makes ready what is due, and gives back what nobody works on any more. Most times it only reads. */
export async function keepUp(database: Session, queues: readonly number[]): Promise<Upkept> {
  let moved = false;
  for (;;) {
    const [chances] = await database.run<Chances>(CHANCES, [int4Array(queues)]);
    const { lapse, due } = chances!;
    const now = Date.now();
    const over = lapse !== null && lapse <= 0;
    const ripe = due !== null && due <= now;
    if (!over && !ripe) {
      const lapseAt = lapse === null ? Number.POSITIVE_INFINITY : now + lapse;
      return { moved, nextAt: Math.min(lapseAt, due ?? Number.POSITIVE_INFINITY) };
    }
    if (over) announceReady(database, await endLapsed(database));
    if (ripe && (await promote(database, queues, now)) === 0) return { moved, nextAt: now + 1 };
    moved = true;
  }
}

/** Answers how many became ready. Others may be at the same ones; those are not waited for. */
async function promote(database: Session, queues: readonly number[], now: number): Promise<number> {
  const rows = await database.run<{ readonly queue: number }>(PROMOTE, [int4Array(queues), now]);
  announceReady(
    database,
    rows.map((row) => row.queue),
  );
  return rows.length;
}
