import type { Session } from '../database/session.ts';
import { NOW_MS, repeatable, statement } from '../database/statement.ts';

/*
 * A lease is a row of `consumers`, and every claimed message points at one. To renew it writes that row alone.
 * Whoever finds a lapsed lease deletes the row and gives its messages back; its number is never used again, so a
 * receipt that names it settles nothing any more. Until somebody does, its owner may still renew it: nobody else can
 * have its messages. Each claim writes the row as well, in its own transaction: so a lease cannot end under it.
 */

const OPEN = statement(
  'open lease',
  `insert into lovage.consumers (name, until) values ($1, ${NOW_MS} + $2::int8) returning id`,
);
const EXTEND = repeatable(
  'extend leases',
  `update lovage.consumers set until = greatest(until, ${NOW_MS} + $2::int8) where id = any($1::int4[]) returning id`,
);
const END = repeatable(
  'end leases',
  `with over as (delete from lovage.consumers where id = any($1::int4[]) returning id)
  update lovage.messages m set lease = null, redelivered = true from over where m.lease = over.id
  returning m.queue`,
);
const END_LAPSED = repeatable(
  'end lapsed leases',
  `with over as (delete from lovage.consumers where until <= ${NOW_MS} returning id, name)
  update lovage.messages m set lease = null, lost = least(m.lost + 1, 32767), redelivered = true
  from over where m.lease = over.id
  returning m.queue, over.name as consumer`,
);
const FREE = repeatable(
  'free',
  `update lovage.messages set lease = null where lease = $1 and id <> all($2::int8[]) returning queue`,
);

/** A new lease for a consumer that has none, or whose lease was taken from it. */
export async function openLease(database: Session, consumer: string, leaseMs: number): Promise<number> {
  const [row] = await database.run<{ readonly id: number }>(OPEN, [consumer, leaseMs]);
  return row!.id;
}

/** Moves their ends, never to an earlier time. Answers those that are not over. */
export async function extendLeases(
  database: Session,
  leases: Iterable<number>,
  leaseMs: number,
): Promise<ReadonlySet<number>> {
  const rows = await database.run<{ readonly id: number }>(EXTEND, [[...leases], leaseMs]);
  return new Set(rows.map((row) => row.id));
}

/** Gives back what is held under them, uncounted. Answers the queues that it went to. */
export async function endLeases(database: Session, leases: Iterable<number>): Promise<readonly number[]> {
  const rows = await database.run<{ readonly queue: number }>(END, [[...leases]]);
  return rows.map((row) => row.queue);
}

/** Ends every lease that has run out; its messages count as lost once more. Answers the queues that they went to. */
export async function endLapsed(database: Session): Promise<readonly number[]> {
  const rows = await database.run<{ readonly queue: number; readonly consumer: string }>(END_LAPSED);
  for (const consumer of new Set(rows.map((row) => row.consumer))) {
    const count = rows.filter((row) => row.consumer === consumer).length;
    database.options.log('warn', `consumer ${consumer} fell silent: gave back its ${count} messages`);
  }
  return rows.map((row) => row.queue);
}

/** Gives back what is claimed under a lease, but for the messages that its owner knows of. */
export async function freeUnknown(
  database: Session,
  lease: number,
  known: readonly number[],
): Promise<readonly number[]> {
  const rows = await database.run<{ readonly queue: number }>(FREE, [lease, known]);
  return rows.map((row) => row.queue);
}
