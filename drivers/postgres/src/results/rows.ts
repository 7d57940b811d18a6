import type { ResultRecord } from '@lovage/contracts';
import { boolArray, byteaArray, int8Array, textArray, uuidArray } from '../database/arrays.ts';
import { NOW_MS, repeatable } from '../database/statement.ts';
import { type IdColumns, idColumns } from '../ids.ts';

/** A record as its columns. */
export interface RecordRow extends IdColumns {
  readonly record: ResultRecord;
}

export function toRecordRow(record: ResultRecord): RecordRow {
  const { key, name } = idColumns(record.taskId);
  return { key, name, record };
}

/**
 * Keeps the records in seven parameters from `first` on, but for a task whose SUCCESS is kept and has not expired.
 * Of several for one task the first success counts, or else the last. In the order of their keys, so that two who
 * store the same ones cannot wait for each other.
 *
 * @param only a join that leaves those rows `k` out that are not to be kept
 */
export function KEEP(first: number, only = ''): string {
  const types = ['int8', 'uuid', 'int8', 'bool', 'text', 'text', 'bytea'];
  const parameters = types.map((type, i) => `$${first + i}::${type}[]`).join(', ');
  return `insert into lovage.results as old (task, expires, final, name, state, payload)
    select distinct on (k.task) k.task, ${NOW_MS} + k.ttl, k.final, k.name, k.state, k.payload
    from unnest(${parameters}) with ordinality as k(n, task, ttl, final, name, state, payload, o) ${only}
    order by k.task, k.state = 'SUCCESS' desc, case when k.state = 'SUCCESS' then k.o else -k.o end
    on conflict (task) do update set expires = excluded.expires, final = excluded.final, state = excluded.state,
      payload = excluded.payload
    where old.state <> 'SUCCESS' or old.expires <= ${NOW_MS}`;
}

export const STORE = repeatable('store', KEEP(1));

/** Columns of many records, for `KEEP`, with the numbers of the settlements that they belong to. */
export function recordColumns(rows: readonly RecordRow[], numbers: readonly number[] = []): Buffer[] {
  return [
    int8Array(numbers.length > 0 ? numbers : rows.map(() => 0)),
    uuidArray(rows.map((row) => row.key)),
    int8Array(rows.map(({ record }) => (record.ttlMs === undefined ? null : Math.ceil(record.ttlMs)))),
    boolArray(rows.map(({ record }) => record.final)),
    textArray(rows.map((row) => row.name)),
    textArray(rows.map(({ record }) => record.state)),
    byteaArray(rows.map(({ record }) => record.payload)),
  ];
}

export const RECORD_COLUMNS = 'coalesce(name, task::text) as id, state, final, payload';

export interface KeptRecord {
  readonly id: string;
  readonly state: string;
  readonly final: boolean;
  readonly payload: Uint8Array;
}

export function toRecord({ id, state, final, payload }: KeptRecord): ResultRecord {
  return { taskId: id, state, final, payload };
}
