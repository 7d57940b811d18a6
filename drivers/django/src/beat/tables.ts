import type { Database } from '@lovage/postgres/kit';
import { columnsOf, requireColumns } from '../columns.ts';

/** Columns of `django_celery_beat_periodictask` that a definition has by their names, and how they are given. */
export const COLUMNS = {
  task: 'text',
  args: 'text',
  kwargs: 'text',
  queue: 'text',
  exchange: 'text',
  routing_key: 'text',
  priority: 'int4',
  headers: 'text',
  expires: 'timestamptz',
  expire_seconds: 'int4',
  one_off: 'bool',
  start_time: 'timestamptz',
  description: 'text',
} as const;

/** Tables of schedules by the columns that refer to them, with what a row of them says. */
export const SCHEDULES = {
  interval: { every: 'int4', period: 'text' },
  crontab: {
    minute: 'text',
    hour: 'text',
    day_of_week: 'text',
    day_of_month: 'text',
    month_of_year: 'text',
    timezone: 'text',
  },
  solar: { event: 'text', latitude: 'numeric(9,6)', longitude: 'numeric(9,6)' },
  clocked: { clocked_time: 'timestamptz' },
} as const;
export type Kind = keyof typeof SCHEDULES;
export const KINDS = Object.keys(SCHEDULES) as readonly Kind[];

export const TASKS = 'django_celery_beat_periodictask';
const CHANGES = 'django_celery_beat_periodictasks';
export const tableOf = (kind: Kind): string => `django_celery_beat_${kind}schedule`;

/** What is kept of an entry besides. */
const OWN = ['id', 'name', 'enabled', 'last_run_at', 'total_run_count', 'date_changed'] as const;

/** Those of django-celery-beat, as its migrations up to 0014 (version 2.1) made them. */
const TABLES: Readonly<Record<string, readonly string[]>> = {
  [TASKS]: [...OWN, ...Object.keys(COLUMNS), ...KINDS.map((kind) => `${kind}_id`)],
  [CHANGES]: ['ident', 'last_update'],
  ...Object.fromEntries(KINDS.map((kind) => [tableOf(kind), ['id', ...Object.keys(SCHEDULES[kind])]])),
};

/** What was found of the tables. */
export class BeatTables {
  /** `table.column` that a new row must have, and of which we know nothing: of a version to come. */
  unknown: readonly string[] = [];

  /** Rejects with DriverError 'refused' where they are not as they must be, and says what to do. */
  async prepare(database: Database): Promise<void> {
    const found = await columnsOf(database, Object.keys(TABLES));
    requireColumns(database, found, TABLES, 'django-celery-beat 2.1');
    this.unknown = Object.entries(TABLES).flatMap(([table, known]) =>
      found
        .get(table)!
        .filter(({ name, needed }) => needed && !known.includes(name))
        .map(({ name }) => `${table}.${name}`),
    );
  }
}
