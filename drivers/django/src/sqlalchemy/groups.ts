import { DriverError } from '@lovage/contracts';
import { type Run, repeatable } from '@lovage/postgres/kit';
import { parseJson, readResultTuple } from '@lovage/protocol';
import { membersOf, objectText } from '../document.ts';
import { groupFromColumn, groupToColumn } from './values.ts';

const SAVE = repeatable(
  'sqlalchemy save group',
  `insert into celery_tasksetmeta (id, taskset_id, result, date_done)
    values (nextval('taskset_id_sequence'), $1, $2, statement_timestamp() at time zone 'UTC')
    on conflict (taskset_id) do update set result = excluded.result, date_done = excluded.date_done`,
);
const FETCH = repeatable(
  'sqlalchemy fetch group',
  'select result from celery_tasksetmeta where taskset_id = $1',
);
const FORGET = repeatable('sqlalchemy forget group', 'delete from celery_tasksetmeta where taskset_id = $1');
const SWEEP = repeatable(
  'sqlalchemy sweep groups',
  `with gone as (delete from celery_tasksetmeta where id = any (array(select id from celery_tasksetmeta
      where date_done < (statement_timestamp() at time zone 'UTC') - make_interval(secs => $1::float8 / 1000) limit $2))
      returning 1)
    select count(*)::int as gone from gone`,
  { limitMs: 60_000 },
);

/** Only what is a group can be kept: Celery's clients read nothing else. */
export async function saveGroup(run: Run, groupId: string, payload: Uint8Array): Promise<void> {
  const tuple = readResultTuple(
    parseJson(membersOf(new TextDecoder().decode(payload)).get('result') ?? 'null'),
  );
  if (!tuple)
    throw new DriverError('refused', `group ${groupId} is no tuple of results, so Python could not read it`);
  await run(SAVE, [groupId, groupToColumn(tuple)]);
}

export async function fetchGroup(run: Run, groupId: string): Promise<Uint8Array | undefined> {
  const [row] = await run<{ readonly result: Uint8Array | null }>(FETCH, [groupId]);
  return row && Buffer.from(objectText({ result: groupFromColumn(row.result, groupId) }));
}

export async function forgetGroup(run: Run, groupId: string): Promise<void> {
  await run(FORGET, [groupId]);
}

export async function sweepGroups(run: Run, ttlMs: number, limit: number): Promise<number> {
  const [row] = await run<{ readonly gone: number }>(SWEEP, [ttlMs, limit]);
  return row!.gone;
}
