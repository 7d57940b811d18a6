import { json } from '@lovage/protocol';
import { type DjangoRow, type DjangoTable, scheduleToDjangoRow } from '../../schedules/django-rows.ts';
import { InvalidSchedule, shown } from '../../schedules/errors.ts';
import type { Entry } from '../entry.ts';
import { InvalidEntry } from '../read-entry.ts';
import type { DjangoColumns } from './columns.ts';

/** Characters that a column of names holds. */
const WIDTH = 200;
/** What a PositiveIntegerField holds. */
const MAX_INTEGER = 2_147_483_647;
/** Options that have a column; that of `expires` is `expire_seconds`. */
const OPTIONS = ['queue', 'priority', 'headers', 'expires'];

/**
 * An entry as JSON of the columns of django-celery-beat's tables, as their store takes it. The name is kept beside it,
 * and so is whether it is enabled.
 * @param timezone For a crontab that names no zone: the column must have one
 * @throws InvalidEntry listing all that the tables have no column for
 */
export function encodeDjangoEntry(entry: Entry, timezone: string): Uint8Array {
  const problems: string[] = [];
  const { options, expires, startTime } = entry;
  const { table, row } = scheduleColumns(entry, timezone, problems);
  if (entry.overlap !== 'allow')
    problems.push(`overlap is ${shown(entry.overlap)}, and ${NO_COLUMN} it: every run is sent there (allow)`);
  if (entry.missed !== 'run-once')
    problems.push(
      `missed is ${shown(entry.missed)}, and ${NO_COLUMN} it: the last one is sent there (run-once)`,
    );
  for (const name of Object.keys(options))
    if (!OPTIONS.includes(name)) problems.push(`options.${name} is given, and ${NO_COLUMN} it`);
  if (expires && options.expires !== undefined)
    problems.push('expires and options.expires are both given; the tables hold one of them');
  const columns: DjangoColumns = {
    task: fitting(entry.task, 'task', problems),
    args: textOf(entry.args),
    kwargs: textOf(entry.kwargs),
    queue: options.queue === undefined ? undefined : fitting(options.queue, 'options.queue', problems),
    priority: options.priority,
    headers: textOf(options.headers ?? {}),
    expires: expires?.toISOString(),
    expire_seconds: wholeSeconds(options.expires, problems),
    // Django's admin takes no clocked entry without; it is due once either way.
    one_off: entry.oneOff || entry.schedule.type === 'clocked',
    start_time: startTime?.toISOString(),
    description: entry.description,
    [table]: row,
  };
  if (problems.length > 0) throw new InvalidEntry(entry.name, problems);
  return Buffer.from(JSON.stringify(columns));
}

const NO_COLUMN = "django-celery-beat's tables have no column for";

function scheduleColumns(
  { schedule }: Entry,
  timezone: string,
  problems: string[],
): { readonly table: DjangoTable; readonly row: DjangoRow } {
  try {
    return scheduleToDjangoRow(schedule, timezone);
  } catch (error) {
    if (!(error instanceof InvalidSchedule)) throw error;
    problems.push(error.message);
    return { table: 'interval', row: {} };
  }
}

function fitting(text: string, what: string, problems: string[]): string {
  if (text.length > WIDTH)
    problems.push(`${what} has ${text.length} characters; django-celery-beat holds ${WIDTH}`);
  return text;
}

function wholeSeconds(seconds: number | undefined, problems: string[]): number | undefined {
  if (seconds === undefined) return undefined;
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > MAX_INTEGER)
    problems.push(`options.expires is ${seconds}; the tables hold whole seconds from 0`);
  return seconds;
}

const textOf = (value: unknown): string => new TextDecoder().decode(json.encode(value));
