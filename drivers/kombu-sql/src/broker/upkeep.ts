import { announceReady, NOW_MS, repeatable, type Session, type Upkept } from '@lovage/postgres/kit';
import { endLapsed } from './leases.ts';
import { localTimestamp, NEXT_VERSION } from './statements.ts';
import { TOPIC } from './wakes.ts';

/** Parked messages made ready at a time: what is due at once must not make one transaction long. */
const PROMOTE_BATCH = 1000;

const CHANCES = repeatable(
  'kombu chances',
  `select (select min(until) from lovage_kombu_message_leases) - ${NOW_MS} as lapse,
    (select min(due) from lovage_kombu_message_held where due is not null) as due`,
);
const PROMOTE = repeatable(
  'kombu promote',
  `with next as materialized (
    select message from lovage_kombu_message_held where due <= $1::int8
    order by due, message limit ${PROMOTE_BATCH} for update skip locked
  ), ripe as (
    delete from lovage_kombu_message_held where message = any (array(select message from next))
    returning message, queue
  ), shown as (
    update kombu_message m set visible = true, "timestamp" = $2::timestamp, version = ${NEXT_VERSION}
    where id = any (array(select message from ripe))
  )
  select queue from ripe`,
);

interface Chances {
  /** In ms from now, when the next lease runs out. */
  readonly lapse: number | null;
  /** Epoch ms when the next parked message is due. */
  readonly due: number | null;
}

/**
 * Makes ready what is due, and gives back what nobody works on any more. Most times it only reads.
 *
 * Of all queues, not only of those of who asks: Python, who may be the only one left that serves a queue, sees neither.
 */
export async function keepUp(database: Session): Promise<Upkept> {
  let moved = false;
  for (;;) {
    const [chances] = await database.run<Chances>(CHANCES);
    const { lapse, due } = chances!;
    const now = Date.now();
    const over = lapse !== null && lapse <= 0;
    const ripe = due !== null && due <= now;
    if (!over && !ripe) {
      const lapseAt = lapse === null ? Number.POSITIVE_INFINITY : now + lapse;
      return { moved, nextAt: Math.min(lapseAt, due ?? Number.POSITIVE_INFINITY) };
    }
    if (over) announceReady(database, await endLapsed(database), TOPIC);
    if (ripe && (await promote(database, now)) === 0) return { moved, nextAt: now + 1 };
    moved = true;
  }
}

/** Answers how many became ready. Others may be at the same ones; those are not waited for. */
async function promote(database: Session, now: number): Promise<number> {
  const rows = await database.run<{ readonly queue: number }>(PROMOTE, [now, localTimestamp(new Date(now))]);
  announceReady(
    database,
    rows.map((row) => row.queue),
    TOPIC,
  );
  return rows.length;
}

/** Between two times that a process looks after what others have left, in ms, if it only sends. */
const SWEEP_MS = 10_000;

/**
 * Upkeep by a process that has no consumer: a web application may be all that is left of ours beside Python's workers.
 * No call waits for it.
 */
export class Sweeper {
  readonly #database: Session;
  #sweptAt = 0;
  #sweeping: Promise<unknown> = Promise.resolve();

  constructor(database: Session) {
    this.#database = database;
  }

  sweep(): void {
    const now = Date.now();
    if (now - this.#sweptAt < SWEEP_MS) return;
    this.#sweptAt = now;
    this.#sweeping = keepUp(this.#database).catch((error: Error) =>
      this.#database.options.log('debug', `nothing was tidied up: ${error.message}`),
    );
  }

  async finish(): Promise<void> {
    await this.#sweeping;
  }
}
