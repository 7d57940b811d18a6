import type { Session } from '../session.ts';

/*
 * A lease is a row of `consumers`, and every row of `claimed` points at one. To renew it writes that row alone.
 * Whoever finds a lapsed lease gives its messages back and deletes the row; its ids are never used again, so a
 * receipt that names it settles nothing any more. Until somebody does, its owner may still renew it: nobody
 * else can have its messages.
 *
 * Everything here runs inside a transaction.
 */

/** A new lease for a consumer that has none, or whose lease was taken from it. */
export function openLease(database: Session, consumer: string, until: number): number {
  const row = database
    .statement('insert into consumers (name, until) values (?, ?) returning id')
    .get(consumer, until);
  return row!['id'] as number;
}

/** Moves its end, never to an earlier time. False if the lease is gone. */
export function extendLease(database: Session, lease: number, until: number): boolean {
  return (
    database.statement('update consumers set until = max(until, ?) where id = ?').run(until, lease)
      .changes === 1
  );
}

/** Gives back what is held under it, and ends it. Returns how many messages that were. */
export function endLease(database: Session, lease: number, lost: boolean): number {
  const { changes } = database
    .statement(`insert into ready (queue, rank, id, lost, redelivered)
      select queue, rank, id, lost + ?2, 1 from claimed where lease = ?1`)
    .run(lease, Number(lost));
  database.statement('delete from claimed where lease = ?').run(lease);
  database.statement('delete from consumers where id = ?').run(lease);
  if (changes !== 0) database.touch('messages');
  return Number(changes);
}

export interface LapsedLease {
  readonly consumer: string;
  readonly messages: number;
}

/** Ends every lease that has run out; its messages count as lost once more. */
export function endLapsed(database: Session, now: number): readonly LapsedLease[] {
  return database
    .statement('select id, name from consumers where until <= ?')
    .all(now)
    .map((row) => ({
      consumer: row['name'] as string,
      messages: endLease(database, row['id'] as number, true),
    }));
}

/** Epoch ms when the next lease runs out. A read; needs no transaction. */
export function nextLapse(database: Session): number | undefined {
  const row = database.statement('select min(until) as until from consumers').get();
  return (row?.['until'] as number | null | undefined) ?? undefined;
}
