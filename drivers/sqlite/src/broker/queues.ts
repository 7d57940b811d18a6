import type { Envelope, QueueDepth, QueueSpec } from '@lovage/contracts';
import type { Session } from '../session.ts';
import { fromRow, type MessageRow } from './rows.ts';

/** Parked messages made ready by one claim, per queue: what is due at once must not make one transaction long. */
const PROMOTE_BATCH = 1000;
/** Rows that one transaction of a purge deletes. */
const PURGE_BATCH = 10_000;

/** Inside a transaction. */
export function insert(database: Session, row: MessageRow, now: number): void {
  const { lastInsertRowid: id } = database
    .statement('insert into messages (envelope, body) values (?, ?)')
    .run(row.envelope, row.body);
  if (row.due > now) {
    database
      .statement('insert into parked (queue, due, id, rank) values (?, ?, ?, ?)')
      .run(row.queue, row.due, id, row.rank);
  } else {
    database.statement('insert into ready (queue, rank, id) values (?, ?, ?)').run(row.queue, row.rank, id);
  }
  database.touch('messages');
}

/** Inside a transaction: the parked messages of `queue` that are due become ready, the longest due first. */
export function promote(database: Session, queue: string, now: number): void {
  if ((nextDue(database, queue) ?? Number.POSITIVE_INFINITY) > now) return;
  database
    .statement(`insert into ready (queue, rank, id) select queue, rank, id from parked
      where queue = ?1 and due <= ?2 order by due, id limit ${PROMOTE_BATCH}`)
    .run(queue, now);
  database
    .statement(`delete from parked where (queue, due, id) in (select queue, due, id from parked
      where queue = ?1 and due <= ?2 order by due, id limit ${PROMOTE_BATCH})`)
    .run(queue, now);
  database.touch('messages');
}

/** Epoch ms when the first parked message of `queue` is due. */
export function nextDue(database: Session, queue: string): number | undefined {
  const row = database.statement('select min(due) as due from parked where queue = ?').get(queue);
  return (row?.['due'] as number | null | undefined) ?? undefined;
}

/** Inside a transaction. A queue keeps its dead-letter queue when declared again without. */
export function declare(database: Session, queue: QueueSpec): void {
  database
    .statement(`insert into queues (name, dead_letter) values (?, ?) on conflict (name)
      do update set dead_letter = coalesce(excluded.dead_letter, dead_letter)`)
    .run(queue.name, queue.deadLetter ?? null);
}

/** A parked message that is due counts as ready, whether or not a claim has moved it yet. */
export function depth(database: Session, queue: string, now: number): QueueDepth {
  const row = database
    .statement(`select
      (select count(*) from ready where queue = ?1)
        + (select count(*) from parked where queue = ?1 and due <= ?2) as ready,
      (select count(*) from parked where queue = ?1 and due > ?2) as delayed,
      (select count(*) from claimed where queue = ?1) as claimed`)
    .get(queue, now)!;
  return {
    queue,
    ready: row['ready'] as number,
    delayed: row['delayed'] as number,
    claimed: row['claimed'] as number,
  };
}

export function peek(database: Session, queue: string, limit: number): readonly Envelope[] {
  return database
    .statement(`select envelope, body from ready join messages using (id)
      where queue = ? order by rank desc, ready.id limit ?`)
    .all(queue, limit)
    .map((row) => fromRow(row['envelope'] as string, row['body'] as Uint8Array).envelope);
}

/** In steps, so that a queue of a million holds up neither this event loop nor other processes. */
export async function purge(database: Session, queue: string): Promise<number> {
  let gone = 0;
  for (const where of ['ready', 'parked'] as const) {
    let step: number;
    do {
      step = await database.write(() => purgeStep(database, where, queue));
      gone += step;
    } while (step === PURGE_BATCH);
  }
  return gone;
}

function purgeStep(database: Session, where: 'ready' | 'parked', queue: string): number {
  const ids = database
    .statement(`delete from ${where} where queue = ?1 and id in
      (select id from ${where} where queue = ?1 limit ${PURGE_BATCH}) returning id`)
    .all(queue)
    .map((row) => row['id'] as number);
  database
    .statement('delete from messages where id in (select value from json_each(?))')
    .run(JSON.stringify(ids));
  return ids.length;
}
