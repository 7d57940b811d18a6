import type { DelayedMessage, Envelope } from '@lovage/contracts';
import { readEnvelope } from '@lovage/protocol';
import type { Session } from '../session.ts';

/* What operators see of a queue without consuming it, and what they take from it. */

/** Rows that one transaction deletes. */
const DELETE_BATCH = 10_000;

export function peek(database: Session, queue: string, limit: number): readonly Envelope[] {
  return database
    .statement(`select envelope, body from ready join messages using (id)
      where queue = ? order by rank desc, ready.id limit ?`)
    .all(queue, limit)
    .map((row) => readEnvelope(row['envelope'] as string, row['body'] as Uint8Array).envelope);
}

/** Those that are due count as ready; see `depth`. */
export function delayed(database: Session, queue: string, limit: number, now: number): DelayedMessage[] {
  return database
    .statement(`select envelope, body, due from parked join messages using (id)
      where queue = ? and due > ? order by due, parked.id limit ?`)
    .all(queue, now, Math.max(0, limit))
    .map((row) => ({
      envelope: readEnvelope(row['envelope'] as string, row['body'] as Uint8Array).envelope,
      notBefore: row['due'] as number,
    }));
}

/** Inside a transaction: the soonest become ready, before their time. */
export function hasten(database: Session, queue: string, limit: number): number {
  const rows = database
    .statement(`delete from parked where (queue, due, id) in (select queue, due, id from parked
      where queue = ? order by due, id limit ?) returning due, id, rank`)
    .all(queue, Math.max(0, limit));
  const insert = database.statement('insert into ready (queue, rank, id) values (?, ?, ?)');
  for (const { id, rank } of rows) insert.run(queue, rank as number, id as number);
  if (rows.length > 0) database.touch('messages');
  return rows.length;
}

/** In steps, so that a queue of a million holds up neither this event loop nor other processes. */
export async function purge(database: Session, queue: string): Promise<number> {
  let gone = 0;
  for (const where of ['ready', 'parked'] as const) {
    let step: number;
    do {
      step = await database.write(() => purgeStep(database, where, queue));
      gone += step;
    } while (step === DELETE_BATCH);
  }
  return gone;
}

/** In steps as well. Each looks anew how many are too many, so that several at once drop none too many. */
export async function trim(database: Session, queue: string, keep: number): Promise<number> {
  let gone = 0;
  for (;;) {
    const step = await database.write(() => trimStep(database, queue, keep));
    if (step === 0) return gone;
    gone += step;
  }
}

function purgeStep(database: Session, where: 'ready' | 'parked', queue: string): number {
  return forget(
    database,
    database
      .statement(`delete from ${where} where queue = ?1 and id in
        (select id from ${where} where queue = ?1 limit ${DELETE_BATCH}) returning id`)
      .all(queue),
  );
}

/** One rank at a time: within it the table is in the order in which they go. */
function trimStep(database: Session, queue: string, keep: number): number {
  const { total, rank } = database
    .statement('select count(*) as total, min(rank) as rank from ready where queue = ?')
    .get(queue) as { readonly total: number; readonly rank: number | null };
  const excess = total - Math.max(0, keep);
  if (excess <= 0) return 0;
  return forget(
    database,
    database
      .statement(`delete from ready where queue = ?1 and rank = ?2 and id in
        (select id from ready where queue = ?1 and rank = ?2 order by id limit ?3) returning id`)
      .all(queue, rank, Math.min(excess, DELETE_BATCH)),
  );
}

/** The payloads of messages that have lost their place. */
function forget(database: Session, rows: readonly Readonly<Record<string, unknown>>[]): number {
  database
    .statement('delete from messages where id in (select value from json_each(?))')
    .run(JSON.stringify(rows.map((row) => row['id'])));
  return rows.length;
}
