import type { ResultRecord } from '@lovage/contracts';
import { type Run, repeatable, textArray } from '@lovage/postgres/kit';
import { toDocument, toRow } from './rows.ts';

/**
 * As `TaskResult.objects.store_result` does, but a success stands. In the order of the ids, so that two who keep the same
 * ones cannot wait for each other.
 */
const KEEP = repeatable(
  'django keep',
  `insert into django_celery_results_taskresult as old (task_id, status, result, meta, traceback, task_name, task_args,
      task_kwargs, worker, periodic_task_name, content_type, content_encoding, date_created, date_done)
    select distinct on (k.task) k.task, k.status, k.result, k.meta, k.traceback, k.name, k.args, k.kwargs, k.worker,
      k.periodic, 'application/json', 'utf-8', statement_timestamp(), coalesce(k.done::timestamptz, statement_timestamp())
    from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
      $9::text[], $10::text[], $11::text[]) with ordinality
      as k(task, status, result, meta, traceback, name, args, kwargs, worker, periodic, done, o)
    order by k.task, k.status = 'SUCCESS' desc, case when k.status = 'SUCCESS' then k.o else -k.o end
    on conflict (task_id) do update set status = excluded.status, result = excluded.result, meta = excluded.meta,
      traceback = excluded.traceback, task_name = excluded.task_name, task_args = excluded.task_args,
      task_kwargs = excluded.task_kwargs, worker = excluded.worker, periodic_task_name = excluded.periodic_task_name,
      content_type = excluded.content_type, content_encoding = excluded.content_encoding, date_done = excluded.date_done
    where old.status <> 'SUCCESS'`,
);
const FETCH = repeatable(
  'django fetch',
  `select task_id as id, status, result, meta, traceback, task_name as name, task_args as args, task_kwargs as kwargs,
      worker, periodic_task_name as periodic, content_type, content_encoding,
      to_char(date_done at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"') as done
    from django_celery_results_taskresult where task_id = any($1::text[])`,
);
const FORGET = repeatable(
  'django forget',
  'delete from django_celery_results_taskresult where task_id = any($1::text[])',
);
/** As `delete_expired`: by when a row was written last, whatever its state. */
const SWEEP = repeatable(
  'django sweep',
  `with gone as (delete from django_celery_results_taskresult where id = any (array(
      select id from django_celery_results_taskresult
      where date_done < statement_timestamp() - make_interval(secs => $1::float8 / 1000) limit $2)) returning 1)
    select count(*)::int as gone from gone`,
  { limitMs: 60_000 },
);

export interface TaskRow {
  readonly id: string;
  readonly status: string;
  readonly result: string | null;
  readonly meta: string | null;
  readonly traceback: string | null;
  readonly name: string | null;
  readonly args: string | null;
  readonly kwargs: string | null;
  readonly worker: string | null;
  readonly periodic: string | null;
  /** ISO 8601 in UTC; null for now. */
  readonly done: string | null;
}

export interface KeptTaskRow extends TaskRow {
  readonly content_type: string;
  readonly content_encoding: string;
}

export async function keepTasks(run: Run, records: readonly ResultRecord[]): Promise<void> {
  const rows = records.map(toRow);
  const column = (name: keyof TaskRow) => textArray(rows.map((row) => row[name]));
  await run(KEEP, [
    column('id'),
    column('status'),
    column('result'),
    column('meta'),
    column('traceback'),
    column('name'),
    column('args'),
    column('kwargs'),
    column('worker'),
    column('periodic'),
    column('done'),
  ]);
}

export async function fetchTasks(run: Run, taskIds: readonly string[]): Promise<readonly ResultRecord[]> {
  return (await run<KeptTaskRow>(FETCH, [textArray(taskIds)])).map(toDocument);
}

export async function forgetTasks(run: Run, taskIds: readonly string[]): Promise<void> {
  await run(FORGET, [textArray(taskIds)]);
}

export async function sweepTasks(run: Run, ttlMs: number, limit: number): Promise<number> {
  const [row] = await run<{ readonly gone: number }>(SWEEP, [ttlMs, limit]);
  return row!.gone;
}
