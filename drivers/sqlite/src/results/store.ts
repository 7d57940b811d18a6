import type { ResultRecord } from '@lovage/contracts';
import type { Session } from '../session.ts';

/** A record as its columns. */
export interface PreparedRecord {
  readonly key: number;
  readonly record: ResultRecord;
}

export function prepareRecord(record: ResultRecord): PreparedRecord {
  return { key: keyOf(record.taskId), record };
}

/**
 * Where the index keeps a task: a 32-bit hash (FNV-1a) of its id. Ids are random, so every record dirties a
 * leaf of this index; with four bytes instead of 36 a quarter as many leaves, and pages to write, make it up.
 * Two tasks may share a key, so every statement compares the id as well.
 */
export function keyOf(taskId: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < taskId.length; i += 1) hash = Math.imul(hash ^ taskId.charCodeAt(i), 0x01000193);
  return hash;
}

/** Inside a transaction. The newest record of a task always has the highest `seq`. */
export function storeRecord(database: Session, { key, record }: PreparedRecord, now: number): void {
  const { taskId, state, final, payload, ttlMs } = record;
  const expires = ttlMs === undefined ? null : now + ttlMs;
  const store = () =>
    database
      .statement(`insert into results (key, task_id, state, final, payload, expires)
        select ?1, ?2, ?3, ?4, ?5, ?6
        where not exists (select 1 from results where key = ?1 and task_id = ?2)`)
      .run(key, taskId, state, Number(final), payload, expires).changes === 1;
  // Most tasks are stored once, so the first statement is mostly the only one.
  const stored = store() || (clear(database, key, taskId, now) && store());
  if (stored) database.touch('results');
}

function clear(database: Session, key: number, taskId: string, now: number): boolean {
  return (
    database
      .statement(`delete from results where key = ?1 and task_id = ?2
        and not (state = 'SUCCESS' and (expires is null or expires > ?3))`)
      .run(key, taskId, now).changes === 1
  );
}

export interface ResultRow {
  readonly seq: number;
  readonly task_id: string;
  readonly state: string;
  readonly final: number;
  readonly payload: Uint8Array;
}

export const RECORD_COLUMNS = 'seq, task_id, state, final, payload';

export function toRecord(row: ResultRow): ResultRecord {
  return { taskId: row.task_id, state: row.state, final: row.final === 1, payload: row.payload };
}
