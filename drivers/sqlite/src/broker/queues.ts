import type { Envelope, QueueDepth, QueueSpec } from '@lovage/contracts';
import type { Session } from '../session.ts';
import { fromRow, type MessageRow } from './rows.ts';

/** Parked messages made ready by one claim, per queue: what is due at once must not make one transaction long. */
const PROMOTE_BATCH = 1000;
/** Rows that one transaction of a purge deletes. */
const PURGE_BATCH = 10_000;

/** Inside a transaction. */
export function insert(database: Session, row: MessageRow, now: number): void {
  if (row.due > now) {
    database
      .statement('insert into parked (due, queue, rank, envelope, body) values (?, ?, ?, ?, ?)')
      .run(row.due, row.queue, row.rank, row.envelope, row.body);
  } else {
    database
      .statement('insert into messages (queue, rank, envelope, body) values (?, ?, ?, ?)')
      .run(row.queue, row.rank, row.envelope, row.body);
  }
  database.touch('messages');
}

/** Inside a transaction: the parked messages of `queue` that are due become ready, the longest due first. */
export function promote(database: Session, queue: string, now: number): void {
  if ((nextDue(database, queue) ?? Number.POSITIVE_INFINITY) > now) return;
  database
    .statement(`insert into messages (queue, rank, envelope, body)
      select queue, rank, envelope, body from parked
      where queue = ?1 and due <= ?2 order by due, id limit ${PROMOTE_BATCH}`)
    .run(queue, now);
  database
    .statement(`delete from parked where id in
      (select id from parked where queue = ?1 and due <= ?2 order by due, id limit ${PROMOTE_BATCH})`)
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
      (select count(*) from messages where queue = ?1 and consumer is null)
        + (select count(*) from parked where queue = ?1 and due <= ?2) as ready,
      (select count(*) from parked where queue = ?1 and due > ?2) as delayed,
      (select count(*) from messages where consumer is not null and queue = ?1) as claimed`)
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
    .statement(`select envelope, body from messages
      where queue = ? and consumer is null order by rank desc, id limit ?`)
    .all(queue, limit)
    .map((row) => fromRow(row['envelope'] as string, row['body'] as Uint8Array).envelope);
}

/** In steps, so that a queue of a million holds up neither this event loop nor other processes. */
export async function purge(database: Session, queue: string): Promise<number> {
  const steps = [
    `delete from messages where id in
      (select id from messages where queue = ? and consumer is null limit ${PURGE_BATCH})`,
    `delete from parked where id in (select id from parked where queue = ? limit ${PURGE_BATCH})`,
  ];
  let gone = 0;
  for (const sql of steps) {
    let step: number;
    do {
      step = await database.write(() => Number(database.statement(sql).run(queue).changes));
      gone += step;
    } while (step === PURGE_BATCH);
  }
  return gone;
}
