import { type Clocked, clocked } from './clocked.ts';
import { type Crontab, crontab } from './crontab.ts';
import { InvalidSchedule, shown } from './errors.ts';
import { every, type Interval, type Unit } from './interval.ts';
import type { Schedule } from './schedule.ts';
import { type Solar, type SolarEvent, solar } from './solar.ts';

/** The tables of schedules of django-celery-beat (2.4 to 2.9 alike), without `django_celery_beat_` and `schedule`. */
export type DjangoTable = 'interval' | 'crontab' | 'solar' | 'clocked';

/** A row's columns, without its id. */
export type DjangoRow = Readonly<Record<string, string | number | Date>>;

/** What a row of `django_celery_beat_intervalschedule` may count. */
const PERIODS = ['days', 'hours', 'minutes', 'seconds', 'microseconds'] as const;
const PERIOD_MS = { days: 86_400_000, hours: 3_600_000, minutes: 60_000, seconds: 1000, microseconds: 0.001 };

/** Characters that the columns of `django_celery_beat_crontabschedule` hold. */
const WIDTHS = { minute: 240, hour: 96, day_of_week: 64, day_of_month: 124, month_of_year: 64, timezone: 63 };

/**
 * The schedule of a row that Django's admin, or a beat in Python, may have written.
 * @throws InvalidSchedule
 */
export function scheduleFromDjangoRow(table: DjangoTable, row: DjangoRow): Schedule {
  switch (table) {
    case 'interval':
      if (!PERIODS.includes(row['period'] as 'days'))
        throw new InvalidSchedule(
          `interval: period ${shown(row['period'])} is none of ${PERIODS.join(', ')}`,
        );
      return every({ every: row['every'] as number, period: row['period'] as Unit });
    case 'crontab':
      return crontab({
        minute: text(row, 'minute'),
        hour: text(row, 'hour'),
        dayOfWeek: text(row, 'day_of_week'),
        dayOfMonth: text(row, 'day_of_month'),
        monthOfYear: text(row, 'month_of_year'),
        timezone: text(row, 'timezone'),
      });
    case 'solar':
      // Drivers of PostgreSQL hand out numeric(9,6) as text, to lose no digit.
      return solar(row['event'] as SolarEvent, degrees(row, 'latitude'), degrees(row, 'longitude'));
    case 'clocked':
      return clocked(row['clocked_time'] as Date | string);
  }
}

/**
 * The row that means the same.
 * @param timezone For a crontab that names no zone: the column must have one
 * @throws InvalidSchedule where the tables cannot hold it: a relative interval, a text too long
 */
export function scheduleToDjangoRow(
  schedule: Schedule,
  timezone: string,
): { readonly table: DjangoTable; readonly row: DjangoRow } {
  switch (schedule.type) {
    case 'interval':
      return { table: 'interval', row: intervalRow(schedule as Interval) };
    case 'crontab':
      return { table: 'crontab', row: crontabRow(schedule as Crontab, timezone) };
    case 'solar': {
      const { event, latitude, longitude } = schedule as Solar;
      return {
        table: 'solar',
        row: { event, latitude: latitude.toFixed(6), longitude: longitude.toFixed(6) },
      };
    }
    case 'clocked':
      return { table: 'clocked', row: { clocked_time: (schedule as Clocked).at } };
  }
}

function intervalRow({ everyMs, relative }: Interval): DjangoRow {
  if (relative)
    throw new InvalidSchedule(
      "interval: django-celery-beat's tables know no relative; use a crontab instead",
    );
  const period = PERIODS.find((each) => Number.isInteger(everyMs / PERIOD_MS[each]))!;
  const count = Math.round(everyMs / PERIOD_MS[period]);
  if (count > 2_147_483_647)
    throw new InvalidSchedule(`interval: ${count} ${period} are more than django-celery-beat's tables hold`);
  return { every: count, period };
}

function crontabRow(schedule: Crontab, timezone: string): DjangoRow {
  const row = {
    minute: schedule.minute.text,
    hour: schedule.hour.text,
    day_of_week: schedule.dayOfWeek.text,
    day_of_month: schedule.dayOfMonth.text,
    month_of_year: schedule.monthOfYear.text,
    timezone: schedule.timezone ?? timezone,
  };
  for (const [name, width] of Object.entries(WIDTHS)) {
    const { length } = row[name as keyof typeof row];
    if (length > width)
      throw new InvalidSchedule(
        `crontab: ${name} has ${length} characters; django-celery-beat holds ${width}`,
      );
  }
  return row;
}

function text(row: DjangoRow, column: string): string {
  const value = row[column];
  if (typeof value !== 'string')
    throw new InvalidSchedule(`crontab: ${column} must be a text, not ${shown(value)}`);
  return value;
}

function degrees(row: DjangoRow, column: string): number {
  const value = row[column];
  return typeof value === 'string' && value.trim() !== '' ? Number(value) : (value as number);
}
