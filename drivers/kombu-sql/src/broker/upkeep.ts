import {
  announceReady,
  int4Array,
  NOW_MS,
  repeatable,
  type Session,
  type Upkept,
} from '@lovage/postgres/kit';
import { endLapsed } from './leases.ts';
import { localTimestamp, NEXT_VERSION } from './statements.ts';
import { TOPIC } from './wakes.ts';

/** Parked messages made ready at a time, per queue: what is due at once must not make one transaction long. */
const PROMOTE_BATCH = 1000;

const CHANCES = repeatable(
  'kombu chances',
  `select (select min(until) from lovage_kombu_message_leases) - ${NOW_MS} as lapse,
    (select min(first.due) from unnest($1::int4[]) as look(queue), lateral (
      select due from lovage_kombu_message_held where queue = look.queue and due is not null order by due limit 1
    ) as first) as due`,
);
const PROMOTE = repeatable(
  'kombu promote',
  `with next as materialized (
    select first.message from unnest($1::int4[]) as look(queue), lateral (
      select message from lovage_kombu_message_held where queue = look.queue and due <= $2::int8
      order by due, message limit ${PROMOTE_BATCH} for update skip locked
    ) as first
  ), ripe as (
    delete from lovage_kombu_message_held h using next where h.message = next.message returning h.message, h.queue
  ), shown as (
    update kombu_message m set visible = true, "timestamp" = $3::timestamp, version = ${NEXT_VERSION}
    from ripe where m.id = ripe.message
  )
  select queue from ripe`,
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
    if (over) announceReady(database, await endLapsed(database), TOPIC);
    if (ripe && (await promote(database, queues, now)) === 0) return { moved, nextAt: now + 1 };
    moved = true;
  }
}

/** Answers how many became ready. Others may be at the same ones; those are not waited for. */
async function promote(database: Session, queues: readonly number[], now: number): Promise<number> {
  const rows = await database.run<{ readonly queue: number }>(PROMOTE, [
    int4Array(queues),
    now,
    localTimestamp(new Date(now)),
  ]);
  announceReady(
    database,
    rows.map((row) => row.queue),
    TOPIC,
  );
  return rows.length;
}
