import { DecodeError } from '@lovage/contracts';
import { json, parseJson } from '@lovage/protocol';
import { type DjangoTable, scheduleFromDjangoRow } from '../../schedules/django-rows.ts';
import { InvalidSchedule } from '../../schedules/errors.ts';
import type { Schedule } from '../../schedules/index.ts';
import type { Entry } from '../entry.ts';
import { isPlainObject } from '../plain.ts';
import { InvalidEntry, MAX_DESCRIPTION, readEntry } from '../read-entry.ts';
import type { DjangoColumns } from './columns.ts';

const TABLES: readonly DjangoTable[] = ['interval', 'crontab', 'solar', 'clocked'];

/**
 * The entry of a row that Django's admin, a beat in Python or Lovage may have written.
 * @throws DecodeError for one that makes no sense: it names the entry and lists what is wrong
 */
export function decodeDjangoEntry(name: string, definition: Uint8Array, enabled: boolean): Entry {
  const columns = columnsOf(name, definition);
  const problems: string[] = [];
  const given = {
    task: columns.task,
    schedule: scheduleOf(columns, problems),
    args: jsonOf(columns.args, 'args', [], problems),
    kwargs: jsonOf(columns.kwargs, 'kwargs', {}, problems),
    options: {
      queue: queueOf(columns, problems),
      priority: columns.priority,
      headers: headersOf(columns.headers, problems),
      expires: columns.expire_seconds,
    },
    enabled,
    oneOff: columns.one_off,
    startTime: columns.start_time,
    expires: columns.expires,
    // No reason not to run it.
    description: columns.description.slice(0, MAX_DESCRIPTION),
  };
  if (problems.length > 0) throw unreadable(new InvalidEntry(name, problems));
  try {
    return readEntry(name, given);
  } catch (error) {
    throw error instanceof InvalidEntry ? unreadable(error) : error;
  }
}

const unreadable = (error: InvalidEntry): DecodeError =>
  new DecodeError(`${error.message} (in the tables of django-celery-beat)`, { cause: error });

function columnsOf(name: string, definition: Uint8Array): DjangoColumns {
  const columns = parseJson(new TextDecoder().decode(definition));
  if (!isPlainObject(columns) || typeof columns['task'] !== 'string')
    throw new DecodeError(`entry '${name}' is not JSON of the columns of django-celery-beat`);
  return { args: '', kwargs: '', headers: '', one_off: false, description: '', ...columns } as DjangoColumns;
}

function scheduleOf(columns: DjangoColumns, problems: string[]): Schedule | undefined {
  const set = TABLES.filter((table) => columns[table] !== undefined);
  const [table] = set;
  if (table === undefined || set.length > 1) {
    problems.push(
      `${set.length === 0 ? 'no schedule is set' : `${set.join(' and ')} are both set`}; set one of ${TABLES.join(', ')}`,
    );
    return undefined;
  }
  try {
    return scheduleFromDjangoRow(table, columns[table]!);
  } catch (error) {
    if (!(error instanceof InvalidSchedule)) throw error;
    problems.push(error.message);
    return undefined;
  }
}

/** An empty text means nothing was said, as it does in Python. */
function jsonOf(text: string, column: string, empty: unknown, problems: string[]): unknown {
  if (text.trim() === '') return empty;
  try {
    return json.decode(Buffer.from(text));
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    problems.push(`${column} is no JSON: ${error.message}`);
    return empty;
  }
}

function headersOf(text: string, problems: string[]): Readonly<Record<string, unknown>> | undefined {
  const headers = jsonOf(text, 'headers', {}, problems);
  if (!isPlainObject(headers)) {
    problems.push('headers must be a JSON object');
    return undefined;
  }
  return Object.keys(headers).length === 0 ? undefined : headers;
}

/** The queue alone says where to. Exchange and routing key are fine where they come to the same. */
function queueOf(columns: DjangoColumns, problems: string[]): string | undefined {
  const queue = columns.queue || undefined;
  for (const column of ['exchange', 'routing_key'] as const) {
    const value = columns[column] || undefined;
    if (value !== undefined && value !== queue)
      problems.push(`${column} is '${value}', which is not acted upon: name the queue alone`);
  }
  return queue;
}
