import { NOW_MS } from '@lovage/postgres/kit';
import { COLUMNS, KINDS, SCHEDULES, TASKS, tableOf } from './tables.ts';

/**
 * Epoch ms of a timestamp, of which Python writes microseconds: rounded down, everywhere alike, so that what was read is
 * found again. Null for what is not finite.
 */
export const ms = (column: string): string =>
  `case when isfinite(${column}) then round(extract(epoch from date_trunc('milliseconds', ${column})) * 1000)::int8 end`;

/** The reverse. Nothing is rounded: products of whole numbers below 2^53. */
export const timestamp = (epochMs: string): string =>
  `(timestamptz 'epoch' + ${epochMs} * interval '1 millisecond')`;

const columnOf = (table: string, column: string, type: string): string =>
  type === 'timestamptz' ? ms(`${table}.${column}`) : `${table}.${column}`;

/** What a schedule says, by the name under which a row is answered. */
const SCHEDULE_VALUES = KINDS.flatMap((kind) =>
  Object.entries(SCHEDULES[kind]).map(
    ([column, type]) => [`${kind}_${column}`, columnOf(`${kind}_row`, column, type)] as const,
  ),
);
const TASK_VALUES = Object.entries(COLUMNS).map(
  ([column, type]) => [column, columnOf('p', column, type)] as const,
);

/** An entry with its schedules, and what we know of it. */
export const ENTRIES = `${TASKS} p
    ${KINDS.map((kind) => `left join ${tableOf(kind)} ${kind}_row on ${kind}_row.id = p.${kind}_id`).join('\n    ')}
    left join lovage.django_entries e on e.id = p.id`;

const hash = (values: readonly string[]): string => `hashtextextended(row(${values.join(', ')})::text, 0)`;
const WHEN = ['p.enabled', ms('p.start_time'), ...SCHEDULE_VALUES.map(([, value]) => value)];
/** Changes with when it runs. */
export const TIMES = hash(WHEN);
/** Changes with anything that it is. */
export const DEFINITION = hash([...WHEN, ...TASK_VALUES.map(([, value]) => value)]);

/**
 * Ids are not given twice, and the number moves with each change that was seen.
 * @param definition What was seen last, or what it is now, where a change must be noticed that nobody has seen
 */
export const version = (definition: string): string => `concat_ws('.', p.id, e.version, ${definition})`;

/**
 * It has had its only run. Python's beat leaves it enabled until it looks again, and one that dies in between for ever.
 * We leave the count of its runs, by which one that somebody has enabled again is told from it.
 */
export const SPENT = 'p.one_off and p.total_run_count > coalesce(e.spent, 0)';

/** Each of them is null where there is no such schedule. */
export const ANSWERED = [
  'p.name',
  `p.enabled and not (${SPENT}) as enabled`,
  `${ms('p.last_run_at')} as last_run`,
  'p.total_run_count as runs',
  'e.since',
  'e.last_sent',
  `${version('e.definition')} as version`,
  ...TASK_VALUES.map(([name, value]) => `${value} as ${name}`),
  ...KINDS.map((kind) => `p.${kind}_id is not null as has_${kind}`),
  ...SCHEDULE_VALUES.map(([name, value]) => `${value} as ${name}`),
].join(', ');

/** When Django's tables were last changed: what differs from what was seen has changed then, or before. */
export const CHANGED = `least(${NOW_MS}, (select ${ms('last_update')} from django_celery_beat_periodictasks where ident = 1))`;
