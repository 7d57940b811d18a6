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
export function storeRecords(database: Session, records: readonly PreparedRecord[], now: number): void {
  if (records.length === 0) return;
  const drawn = database
    .statement('update result_sequence set last = last + ? returning last')
    .get(records.length);
  const first = (drawn?.['last'] as number) - records.length + 1;
  for (const [i, each] of records.entries())
    if (clear(database, each, now)) insert(database, each, first + i, now);
  database.touch('results');
}

/** Takes away what is kept of the task. False if that is a success, which stands until it expires. */
function clear(database: Session, { key, record }: PreparedRecord, now: number): boolean {
  const kept = database
    .statement('select seq, state, expires from results where key = ? and task_id = ?')
    .get(key, record.taskId);
  if (!kept) return true;
  const expires = kept['expires'] as number | null;
  if (kept['state'] === 'SUCCESS' && (expires === null || expires > now)) return false;
  database.statement('delete from results where seq = ?').run(kept['seq'] as number);
  return true;
}

/** A look-up before it is faster than `insert … where not exists`, and the sequence than `autoincrement`: by 2.7 µs of 8.7. */
function insert(database: Session, { key, record }: PreparedRecord, seq: number, now: number): void {
  const { taskId, state, final, payload, ttlMs } = record;
  database
    .statement(`insert into results (seq, key, task_id, state, final, payload, expires)
      values (?, ?, ?, ?, ?, ?, ?)`)
    .run(seq, key, taskId, state, Number(final), payload, ttlMs === undefined ? null : now + ttlMs);
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
