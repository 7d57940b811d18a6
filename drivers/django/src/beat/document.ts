import { DriverError } from '@lovage/contracts';
import { COLUMNS, KINDS, type Kind, SCHEDULES } from './tables.ts';

type Value = string | number | boolean;
type Values = Readonly<Record<string, Value | null>>;

/** A definition as the tables hold it: columns of the task, and rows of schedules. */
export interface Parts {
  readonly columns: Values;
  readonly schedules: ReadonlyMap<Kind, Values>;
}

const TIME = 'timestamptz';

/** Taken apart once: there may be a hundred thousand rows. */
const TASK_COLUMNS = Object.entries(COLUMNS);
const SCHEDULE_COLUMNS = KINDS.map((kind) => ({
  kind,
  there: `has_${kind}`,
  columns: Object.entries(SCHEDULES[kind]).map(
    ([column, type]) => [column, `${kind}_${column}`, type] as const,
  ),
}));

/**
 * JSON of the columns in one order, without those that are null. Times are ISO 8601 in UTC, to the millisecond.
 * @param row as `ANSWERED` answers it: times are epoch ms
 */
export function toDefinition(row: Values): Uint8Array {
  const document: Record<string, unknown> = {};
  for (const [column, type] of TASK_COLUMNS) {
    const value = shown(row[column], type);
    if (value !== undefined) document[column] = value;
  }
  for (const { kind, there, columns } of SCHEDULE_COLUMNS) {
    if (row[there] !== true) continue;
    const schedule: Record<string, unknown> = {};
    for (const [column, name, type] of columns) schedule[column] = shown(row[name], type);
    document[kind] = schedule;
  }
  return Buffer.from(JSON.stringify(document));
}

/** The last time that a Date can hold. */
const LAST_MS = 8.64e15;

function shown(value: Value | null | undefined, type: string): Value | undefined {
  if (value === null || value === undefined) return undefined;
  if (type !== TIME) return value;
  return Math.abs(value as number) <= LAST_MS ? new Date(value as number).toISOString() : undefined;
}

/**
 * The reverse. It must be of one schedule, and name no column that the tables do not have.
 * @throws DriverError 'refused'
 */
export function toParts(name: string, definition: Uint8Array): Parts {
  const refuse = (why: string): never => {
    throw new DriverError('refused', `entry '${name}' cannot be a row of django-celery-beat: ${why}`);
  };
  let document: Record<string, unknown> = {};
  try {
    document = objectOf(JSON.parse(new TextDecoder().decode(definition)));
  } catch (error) {
    refuse((error as Error).message);
  }
  const schedules = new Map<Kind, Values>();
  const columns: Record<string, Value | null> = Object.fromEntries(
    Object.keys(COLUMNS).map((column) => [column, null]),
  );
  for (const [member, value] of Object.entries(document)) {
    if (Object.hasOwn(SCHEDULES, member)) {
      const kind = member as Kind;
      const row = isObject(value) ? value : refuse(`${kind} must be an object`);
      const needed = Object.keys(SCHEDULES[kind]);
      if (Object.keys(row).length !== needed.length || !needed.every((column) => isValue(row[column])))
        refuse(`${kind} must say ${needed.join(', ')}`);
      schedules.set(kind, Object.fromEntries(needed.map((column) => [column, row[column] as Value])));
    } else if (!Object.hasOwn(COLUMNS, member)) refuse(`there is no column ${member}`);
    else if (value !== null && !isValue(value)) refuse(`${member} must be a text, a number, true or false`);
    else columns[member] = value;
  }
  if (schedules.size !== 1) refuse(`it must have one schedule, of ${KINDS.join(', ')}`);
  return { columns, schedules };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isValue = (value: unknown): value is Value => ['string', 'number', 'boolean'].includes(typeof value);

function objectOf(value: unknown): Record<string, unknown> {
  if (!isObject(value)) throw new Error('its definition is not a JSON object');
  return value;
}
