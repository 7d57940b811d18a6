import { type Run, repeatable } from '@lovage/postgres/kit';
import { jsonOr, membersOf, objectText, unreadable } from '../document.ts';

const SAVE = repeatable(
  'django save group',
  `insert into django_celery_results_groupresult (group_id, date_created, date_done, content_type, content_encoding, result)
    values ($1, statement_timestamp(), statement_timestamp(), 'application/json', 'utf-8', $2)
    on conflict (group_id) do update set date_done = excluded.date_done, content_type = excluded.content_type,
      content_encoding = excluded.content_encoding, result = excluded.result`,
);
const FETCH = repeatable(
  'django fetch group',
  'select content_type, result from django_celery_results_groupresult where group_id = $1',
);
const FORGET = repeatable(
  'django forget group',
  'delete from django_celery_results_groupresult where group_id = $1',
);
const SWEEP = repeatable(
  'django sweep groups',
  `with gone as (delete from django_celery_results_groupresult where id = any (array(
      select id from django_celery_results_groupresult
      where date_done < statement_timestamp() - make_interval(secs => $1::float8 / 1000) limit $2)) returning 1)
    select count(*)::int as gone from gone`,
  { limitMs: 60_000 },
);

/** A GroupResult: the tuple alone. */
export async function saveGroup(run: Run, groupId: string, payload: Uint8Array): Promise<void> {
  const tuple = membersOf(new TextDecoder().decode(payload)).get('result') ?? 'null';
  await run(SAVE, [groupId, tuple]);
}

export async function fetchGroup(run: Run, groupId: string): Promise<Uint8Array | undefined> {
  const [row] = await run<{ readonly content_type: string; readonly result: string | null }>(FETCH, [
    groupId,
  ]);
  if (!row) return undefined;
  const { content_type: type, result } = row;
  const json = type === 'application/json' ? jsonOr(result, undefined) : undefined;
  return Buffer.from(
    objectText({ result: json ?? unreadable(`group of content type ${type} (${groupId})`) }),
  );
}

export async function forgetGroup(run: Run, groupId: string): Promise<void> {
  await run(FORGET, [groupId]);
}

export async function sweepGroups(run: Run, ttlMs: number, limit: number): Promise<number> {
  const [row] = await run<{ readonly gone: number }>(SWEEP, [ttlMs, limit]);
  return row!.gone;
}
