import { InvalidSchedule, shown } from './errors.ts';

/** What may be written in a field: a pattern of Celery's grammar, a number, or several. */
export type CrontabValue = string | number | readonly number[] | ReadonlySet<number>;

export interface FieldRule {
  /** As it is called in errors. */
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Names of the values, from `min` on; three letters that a longer spelling may continue. */
  readonly names?: readonly string[];
}

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

export const MINUTE: FieldRule = { name: 'minute', min: 0, max: 59 };
export const HOUR: FieldRule = { name: 'hour', min: 0, max: 23 };
export const DAY_OF_WEEK: FieldRule = { name: 'dayOfWeek', min: 0, max: 6, names: DAYS };
export const DAY_OF_MONTH: FieldRule = { name: 'dayOfMonth', min: 1, max: 31 };
export const MONTH_OF_YEAR: FieldRule = { name: 'monthOfYear', min: 1, max: 12, names: MONTHS };

export interface Field {
  /** As written, without spaces: numbers joined by commas where a list was given. */
  readonly text: string;
  /** Every value it stands for, ascending. */
  readonly values: readonly number[];
}

/** A field of Django's table has at most 240 characters; more says nothing that fewer cannot. */
const MAX_TEXT = 240;

/**
 * One field, by Celery's grammar (`celery.schedules.crontab_parser`): `*`, `*`/step, `a`, `a-b`, `a-b/step`, joined by
 * commas. A range may wrap around (`sat-mon`, `50-10`), and a step then counts through the wrap.
 * @throws InvalidSchedule
 */
export function readField(value: unknown, rule: FieldRule): Field {
  if (typeof value === 'string') return fieldOf(value, rule);
  const numbers = typeof value === 'number' ? [value] : value instanceof Set ? [...value] : value;
  if (!Array.isArray(numbers))
    throw wrong(rule, shown(value), `give a text, a number or a list of numbers ${range(rule)}`);
  if (numbers.length === 0) throw wrong(rule, 'an empty list', `give at least one number ${range(rule)}`);
  for (const each of numbers) {
    if (!Number.isInteger(each) || each < rule.min || each > rule.max)
      throw wrong(rule, shown(each), `give whole numbers ${range(rule)}${sundayHint(rule, each)}`);
  }
  return fieldOf(ascending(numbers).join(','), rule);
}

/** A hundred thousand entries are written in a few hundred ways: they share what was read. */
const read = new Map<FieldRule, Map<string, Field>>();
const READ_MAX = 5_000;

function fieldOf(given: string, rule: FieldRule): Field {
  const known = read.get(rule) ?? new Map<string, Field>();
  const found = known.get(given);
  if (found) return found;
  const field = parseField(given, rule);
  if (known.size >= READ_MAX) known.clear();
  read.set(rule, known.set(given, field));
  return field;
}

function parseField(given: string, rule: FieldRule): Field {
  if (given.length > MAX_TEXT)
    throw wrong(rule, shown(given), `${given.length} characters are too many; ${MAX_TEXT} at most`);
  const parts = given.split(',').map((part) => part.trim());
  const values = ascending(parts.flatMap((part) => valuesOf(part, rule, given)));
  return { text: parts.join(','), values };
}

const PART = /^(?:(\*)|(\w+)(?:-(\w+))?)(?:\/(\w*))?$/;

function valuesOf(part: string, rule: FieldRule, whole: string): number[] {
  const where = part === whole ? shown(whole) : `${shown(part)} in ${shown(whole)}`;
  if (part === '') throw wrong(rule, shown(whole), 'nothing stands before, after or between its commas');
  const match = PART.exec(part);
  if (!match) throw wrong(rule, where, `give '*', '*/2', ${example(rule)}, joined by commas`);
  const [, star, from, to, step] = match;
  if (step !== undefined && !/^\d*[1-9]\d*$/.test(step))
    throw wrong(rule, where, "after '/' comes a whole number from 1");
  if (star === undefined && to === undefined && step !== undefined)
    throw wrong(rule, where, `a step needs '*' or a range before it, as in '${from}-${rule.max}/${step}'`);
  const number = (text: string) => numberOf(text, rule, where);
  const [first, last] = star ? [rule.min, rule.max] : [number(from!), number(to ?? from!)];
  const count = rule.max - rule.min + 1;
  const length = ((last - first + count) % count) + 1;
  const span = Array.from({ length }, (_, index) => rule.min + ((first - rule.min + index) % count));
  return step === undefined ? span : span.filter((_, index) => index % Number(step) === 0);
}

function numberOf(text: string, rule: FieldRule, where: string): number {
  if (/^\d+$/.test(text)) {
    const value = Number(text);
    if (value < rule.min || value > rule.max)
      throw wrong(rule, where, `${value} is not ${range(rule)}${sundayHint(rule, value)}`);
    return value;
  }
  const named = rule.names?.indexOf(text.slice(0, 3).toLowerCase()) ?? -1;
  if (named >= 0 && /^[a-z]+$/i.test(text)) return rule.min + named;
  const names = rule.names ? `, or a name such as '${rule.names[1]}'` : '';
  throw wrong(rule, where, `'${text}' is no number ${range(rule)}${names}`);
}

const ascending = (values: readonly number[]): number[] => [...new Set(values)].sort((a, b) => a - b);

const range = ({ min, max }: FieldRule) => `from ${min} to ${max}`;

const example = ({ min, max, names }: FieldRule) =>
  names ? `'${names[1]}', '${names[1]}-${names[5]}'` : `'${max}', '${min + 1}-${max}/2'`;

/** Cron knows 7 as Sunday too; Celery does not. */
const sundayHint = (rule: FieldRule, value: unknown) =>
  rule === DAY_OF_WEEK && value === 7 ? '; Sunday is 0' : '';

function wrong(rule: FieldRule, what: string, right: string): InvalidSchedule {
  return new InvalidSchedule(`crontab: ${rule.name} cannot be ${what}: ${right}`);
}
