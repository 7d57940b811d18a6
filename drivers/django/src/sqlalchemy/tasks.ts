import type { ResultRecord } from '@lovage/contracts';
import { boolArray, byteaArray, int4Array, type Run, repeatable, textArray } from '@lovage/postgres/kit';
import { isFinal } from '@lovage/protocol';
import { doneIn, jsonOr, type Members, membersOf, objectText, stringIn, textOf } from '../document.ts';
import { fromColumn, toColumn } from './values.ts';

const EXTENDED = ['name', 'args', 'kwargs', 'worker', 'retries', 'queue'] as const;

/**
 * As `DatabaseBackend._store_result` does, but a success stands. In the order of the ids, so that two who keep the same
 * ones cannot wait for each other.
 */
const keep = (extended: boolean): string => {
  const columns = ['status', 'result', 'date_done', 'traceback', ...(extended ? EXTENDED : [])];
  const values = columns.map((each) => `k.${each}`).join(', ');
  const updates = columns.map((each) => `${each} = excluded.${each}`).join(', ');
  return `insert into celery_taskmeta as old (id, task_id, ${columns.join(', ')})
    select nextval('task_id_sequence'), k.task, ${values} from (
      select distinct on (k.task) k.task, k.status, k.result, k.traceback,
        case when k.final then coalesce(k.done::timestamptz, statement_timestamp()) at time zone 'UTC' end as date_done
        ${extended ? ', k.name, k.args, k.kwargs, k.worker, k.retries, k.queue' : ''}
      from unnest($1::text[], $2::text[], $3::bytea[], $4::text[], $5::bool[], $6::text[]
        ${extended ? ', $7::text[], $8::bytea[], $9::bytea[], $10::text[], $11::int4[], $12::text[]' : ''})
        with ordinality as k(task, status, result, traceback, final, done ${extended ? `, ${EXTENDED.join(', ')}` : ''}, o)
      order by k.task, k.status = 'SUCCESS' desc, case when k.status = 'SUCCESS' then k.o else -k.o end
    ) as k
    on conflict (task_id) do update set ${updates} where old.status is distinct from 'SUCCESS'`;
};
const fetch = (extended: boolean): string => `select task_id as id, status, result, traceback,
    to_char(date_done, 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"') as done
    ${extended ? `, ${EXTENDED.join(', ')}` : ''}
  from celery_taskmeta where task_id = any($1::text[])`;

const KEEP = repeatable('sqlalchemy keep', keep(false));
const KEEP_EXTENDED = repeatable('sqlalchemy keep extended', keep(true));
const FETCH = repeatable('sqlalchemy fetch', fetch(false));
const FETCH_EXTENDED = repeatable('sqlalchemy fetch extended', fetch(true));
const FORGET = repeatable('sqlalchemy forget', 'delete from celery_taskmeta where task_id = any($1::text[])');
/** As Celery's `cleanup`: by when a task ended. */
const SWEEP = repeatable(
  'sqlalchemy sweep',
  `with gone as (delete from celery_taskmeta where id = any (array(select id from celery_taskmeta
      where date_done < (statement_timestamp() at time zone 'UTC') - make_interval(secs => $1::float8 / 1000) limit $2))
      returning 1)
    select count(*)::int as gone from gone`,
  { limitMs: 60_000 },
);

interface KeptRow {
  readonly id: string;
  readonly status: string;
  readonly result: Uint8Array | null;
  readonly traceback: string | null;
  readonly done: string | null;
  readonly name?: string | null;
  readonly args?: Uint8Array | null;
  readonly kwargs?: Uint8Array | null;
  readonly worker?: string | null;
  readonly retries?: number | null;
  readonly queue?: string | null;
}

/** Answers whether something had to be left out, since the table has no columns for it. */
export async function keepTasks(
  run: Run,
  records: readonly ResultRecord[],
  extended: boolean,
): Promise<boolean> {
  const all = records.map((record) => ({
    record,
    members: membersOf(new TextDecoder().decode(record.payload)),
  }));
  const texts = (read: (members: Members) => string | null) =>
    textArray(all.map(({ members }) => read(members)));
  const json = (name: string) => byteaArray(all.map(({ members }) => bytesOf(members.get(name))));
  const values = [
    textArray(records.map(({ taskId }) => taskId)),
    textArray(records.map(({ state }) => state)),
    byteaArray(all.map(({ members }) => toColumn(members.get('result') ?? 'null'))),
    texts((members) => textOf(members, 'traceback')),
    boolArray(records.map(({ final }) => final)),
    texts(doneIn),
  ];
  if (!extended) {
    await run(KEEP, values);
    return all.some(({ members }) => members.has('worker'));
  }
  await run(KEEP_EXTENDED, [
    ...values,
    texts((members) => stringIn(members, 'name')),
    json('args'),
    json('kwargs'),
    texts((members) => stringIn(members, 'worker')),
    int4Array(all.map(({ members }) => integer(members.get('retries')))),
    texts((members) => stringIn(members, 'queue')),
  ]);
  return false;
}

const bytesOf = (json: string | undefined): Buffer | null => (json === undefined ? null : Buffer.from(json));
const integer = (json: string | undefined): number | null =>
  json && /^\d{1,9}$/.test(json) ? Number(json) : null;

export async function fetchTasks(
  run: Run,
  taskIds: readonly string[],
  extended: boolean,
): Promise<readonly ResultRecord[]> {
  const rows = await run<KeptRow>(extended ? FETCH_EXTENDED : FETCH, [textArray(taskIds)]);
  return rows.map(toDocument);
}

/** A row as the document that Celery keeps elsewhere. It has no place for children, group and parent. */
function toDocument(row: KeptRow): ResultRecord {
  const { id, status } = row;
  const final = isFinal(status);
  const quoted = (text: string | null | undefined) =>
    text === null || text === undefined ? null : JSON.stringify(text);
  const json = (bytes: Uint8Array | null | undefined) =>
    jsonOr(bytes ? new TextDecoder().decode(bytes) : null, null);
  const text = objectText({
    status: JSON.stringify(status),
    result: fromColumn(row.result, row),
    traceback: quoted(row.traceback) ?? 'null',
    children: '[]',
    date_done: final ? (quoted(row.done) ?? 'null') : 'null',
    name: quoted(row.name),
    args: json(row.args),
    kwargs: json(row.kwargs),
    worker: quoted(row.worker),
    retries: row.retries?.toString(),
    queue: quoted(row.queue),
    task_id: JSON.stringify(id),
  });
  return { taskId: id, state: status, final, payload: Buffer.from(text) };
}

export async function forgetTasks(run: Run, taskIds: readonly string[]): Promise<void> {
  await run(FORGET, [textArray(taskIds)]);
}

export async function sweepTasks(run: Run, ttlMs: number, limit: number): Promise<number> {
  const [row] = await run<{ readonly gone: number }>(SWEEP, [ttlMs, limit]);
  return row!.gone;
}
