import { type AnyTask, LovageError, Task } from '@lovage/app';
import { nearest } from '@lovage/contracts/kit';
import { json } from '@lovage/protocol';
import { InvalidSchedule, shown } from '../schedules/errors.ts';
import { every, type Interval, readSchedule, type Schedule } from '../schedules/index.ts';
import { momentMs } from '../schedules/moment.ts';
import { type Entry, type EntryInput, MISSED, OVERLAPS } from './entry.ts';
import { inCamelCase, isPlainObject } from './plain.ts';
import { readOptions } from './read-options.ts';

/** An entry that makes no sense. The message names it and lists everything that is wrong. */
export class InvalidEntry extends LovageError {
  override readonly name = 'InvalidEntry';
  /** One sentence each. */
  readonly problems: readonly string[];
  constructor(entry: string, problems: readonly string[]) {
    super(`entry ${shown(entry)}: ${problems.join('; ')}`);
    this.problems = problems;
  }
}

const NAMES = [
  ...[
    'task',
    'schedule',
    'args',
    'kwargs',
    'options',
    'relative',
    'enabled',
    'oneOff',
    'startTime',
    'expires',
  ],
  ...['overlap', 'missed', 'description'],
];
/** As wide as the columns of django-celery-beat. */
const MAX_NAME = 200;
export const MAX_DESCRIPTION = 10_000;

/**
 * An entry as somebody wrote it. Names of its parts and options are taken in Python's case too.
 * @throws InvalidEntry
 */
export function readEntry(name: string, given: EntryInput): Entry;
export function readEntry(name: string, given: unknown): Entry;
export function readEntry(name: string, given: unknown): Entry {
  const problems: string[] = [];
  if (name === '' || name.length > MAX_NAME) problems.push(`its name must have 1 to ${MAX_NAME} characters`);
  if (!isPlainObject(given)) {
    problems.push(`it is ${shown(given)}; give { task: 'name', schedule: … }`);
    throw new InvalidEntry(name, problems);
  }
  const parts = inCamelCase(given, 'it', problems);
  for (const key of Object.keys(parts)) {
    if (NAMES.includes(key)) continue;
    const near = nearest(key, NAMES);
    problems.push(`${key} is no part of an entry${near ? `; did you mean ${near}?` : ''}`);
  }
  const read = <T>(reader: () => T): T | undefined => {
    try {
      return reader();
    } catch (error) {
      if (!(error instanceof InvalidSchedule)) throw error;
      problems.push(error.message);
      return undefined;
    }
  };
  const [startTime, expires] = (['startTime', 'expires'] as const).map((key) =>
    read(() => moment(parts[key], key)),
  );
  if (startTime && expires && startTime >= expires) problems.push('expires must be later than startTime');
  const entry = {
    name,
    task: taskName(parts['task'], problems),
    schedule: read(() => scheduleOf(parts['schedule'], parts['relative'])),
    args: list(parts['args'], problems),
    kwargs: keywords(parts['kwargs'], problems),
    options: sendable(readOptions(parts['options'], problems), 'options', problems),
    enabled: flag(parts, 'enabled', true, problems),
    oneOff: flag(parts, 'oneOff', false, problems),
    startTime,
    expires,
    overlap: choice(parts, 'overlap', OVERLAPS, problems),
    missed: choice(parts, 'missed', MISSED, problems),
    description: description(parts['description'], problems),
  };
  if (entry.overlap !== 'allow' && entry.options.ignoreResult)
    problems.push(`overlap ${shown(entry.overlap)} asks for results, and options.ignoreResult keeps none`);
  if (problems.length > 0) throw new InvalidEntry(name, problems);
  return Object.freeze({ ...entry, schedule: entry.schedule! });
}

function taskName(given: unknown, problems: string[]): string {
  const name = given instanceof Task ? (given as AnyTask).name : given;
  if (typeof name === 'string' && name !== '') return name;
  problems.push(`task must be the name of a task, not ${shown(given)}`);
  return '';
}

/** Celery's `relative` stands beside the schedule, where it means something for intervals only. */
function scheduleOf(given: unknown, relative: unknown): Schedule {
  if (given === undefined) throw new InvalidSchedule('schedule is missing; give seconds, or crontab({ … })');
  const schedule = readSchedule(given);
  if (relative === undefined || relative === false) return schedule;
  if (relative !== true) throw new InvalidSchedule(`relative must be true or false, not ${shown(relative)}`);
  if (schedule.type !== 'interval')
    throw new InvalidSchedule(`relative is for intervals, and the schedule is: ${schedule}`);
  const { everyMs, timezone } = schedule as Interval;
  return every({ milliseconds: everyMs }, { relative, ...(timezone === undefined ? {} : { timezone }) });
}

function list(given: unknown, problems: string[]): readonly unknown[] {
  if (given === undefined || given === null) return [];
  if (Array.isArray(given)) return sendable(given, 'args', problems);
  problems.push(`args must be a list, not ${shown(given)}`);
  return [];
}

function keywords(given: unknown, problems: string[]): Readonly<Record<string, unknown>> {
  if (given === undefined || given === null) return {};
  if (isPlainObject(given)) return sendable(given, 'kwargs', problems);
  problems.push(`kwargs must be an object, not ${shown(given)}`);
  return {};
}

/** As it will arrive, and so a copy. What cannot be sent is said now, not at three in the morning. */
function sendable<T>(value: T, what: string, problems: string[]): T {
  try {
    return json.decode(json.encode(value)) as T;
  } catch (error) {
    problems.push(`${what} cannot be sent: ${(error as Error).message}`);
    return value;
  }
}

function moment(given: unknown, key: string): Date | undefined {
  return given === undefined || given === null ? undefined : new Date(momentMs(given, key));
}

function flag(parts: Record<string, unknown>, key: string, byDefault: boolean, problems: string[]): boolean {
  const value = parts[key] ?? byDefault;
  if (typeof value === 'boolean') return value;
  problems.push(`${key} must be true or false, not ${shown(value)}`);
  return byDefault;
}

/** The first choice is the default. */
function choice<const T extends string>(
  parts: Record<string, unknown>,
  key: string,
  choices: readonly T[],
  problems: string[],
): T {
  const value = parts[key] ?? choices[0]!;
  if (choices.includes(value as T)) return value as T;
  problems.push(`${key} must be one of ${choices.join(', ')}, not ${shown(value)}`);
  return choices[0]!;
}

function description(given: unknown, problems: string[]): string {
  const text = given ?? '';
  if (typeof text === 'string' && text.length <= MAX_DESCRIPTION) return text;
  problems.push(`description must be a text of at most ${MAX_DESCRIPTION} characters`);
  return '';
}
