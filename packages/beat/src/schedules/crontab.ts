import { bits, type Calendar, everMatches, nextWall, wantsHour } from './calendar.ts';
import {
  type CrontabValue,
  DAY_OF_MONTH,
  DAY_OF_WEEK,
  type Field,
  HOUR,
  MINUTE,
  MONTH_OF_YEAR,
  readField,
} from './crontab-field.ts';
import { InvalidSchedule, shown } from './errors.ts';
import { refuseUnknown } from './refuse-unknown.ts';
import { type CrontabJson, msOf, type Schedule } from './schedule.ts';
import { type Stretch, Zone } from './zone.ts';

export interface CrontabFields {
  /** 0 to 59. Default of each field: `'*'`. */
  readonly minute?: CrontabValue;
  /** 0 to 23. */
  readonly hour?: CrontabValue;
  /** 0 (Sunday) to 6, or names: `'mon-fri'`. */
  readonly dayOfWeek?: CrontabValue;
  /** 1 to 31. A day must match this field and `dayOfWeek`: `'1-7'` with `'mon'` is the first Monday. */
  readonly dayOfMonth?: CrontabValue;
  /** 1 to 12, or names: `'jan'`. */
  readonly monthOfYear?: CrontabValue;
  /** IANA name of the zone whose clock is meant. Default: the app's `timezone`. */
  readonly timezone?: string;
}

const NAMES = ['minute', 'hour', 'dayOfWeek', 'dayOfMonth', 'monthOfYear', 'timezone'] as const;

/**
 * Due at times of a wall clock, in Celery's grammar.
 * @example crontab({ minute: 0, hour: 9, dayOfWeek: 'mon' })
 * @example crontab({ minute: '*\/15', hour: '8-17', timezone: 'Europe/Prague' })
 * @throws InvalidSchedule for a field that cannot be read, a zone that does not exist, or a day that never comes
 */
export function crontab(fields: CrontabFields = {}): Crontab {
  return new Crontab(fields);
}

export class Crontab implements Schedule {
  readonly type = 'crontab';
  readonly minute: Field;
  readonly hour: Field;
  readonly dayOfWeek: Field;
  readonly dayOfMonth: Field;
  readonly monthOfYear: Field;
  /** Undefined where none was said. */
  readonly timezone: string | undefined;
  readonly #zone: Zone;
  readonly #calendar: Calendar;
  readonly #isRunning: boolean;

  constructor(fields: CrontabFields) {
    if (typeof fields !== 'object' || fields === null)
      throw new InvalidSchedule(`crontab: ${shown(fields)} are no fields; give { minute, hour, … }`);
    refuseUnknown('crontab', fields, NAMES);
    // Left out is '*'; null is a mistake, which would be due every minute.
    const {
      minute = '*',
      hour = '*',
      dayOfWeek = '*',
      dayOfMonth = '*',
      monthOfYear = '*',
      timezone,
    } = fields;
    this.minute = readField(minute, MINUTE);
    this.hour = readField(hour, HOUR);
    this.dayOfWeek = readField(dayOfWeek, DAY_OF_WEEK);
    this.dayOfMonth = readField(dayOfMonth, DAY_OF_MONTH);
    this.monthOfYear = readField(monthOfYear, MONTH_OF_YEAR);
    this.timezone = timezone;
    this.#zone = Zone.of(timezone === undefined ? 'UTC' : timezone);
    this.#calendar = {
      minutes: this.minute.values,
      hours: this.hour.values,
      daysOfWeek: bits(this.dayOfWeek.values),
      daysOfMonth: bits(this.dayOfMonth.values),
      months: bits(this.monthOfYear.values),
    };
    this.#isRunning = isRunning(this.minute, this.hour);
    if (!everMatches(this.#calendar)) {
      const [day, month] = [this.dayOfMonth.text, this.monthOfYear.text];
      throw new InvalidSchedule(
        `crontab: dayOfMonth ${shown(day)} never comes in monthOfYear ${shown(month)}; give a day that these months have`,
      );
    }
  }

  /** The same, in this zone where it names none itself. */
  in(timezone: string): Crontab {
    if (this.timezone !== undefined) return this;
    const { type: _, ...fields } = this.toJSON();
    return new Crontab({ ...fields, timezone });
  }

  next(after: Date): Date | undefined {
    // Sub-millisecond time does not exist for a Date, so the next moment is the next millisecond.
    const from = Math.max(msOf(after, 'after') + 1, -FAR);
    const settled = from + 2 * DAY_MS;
    for (let at = from; at < FAR; ) {
      const stretch = this.#zone.at(at);
      const due = this.#within(stretch, at);
      if (due < stretch.end) return new Date(due);
      // From two days on no clock shows again what it showed at `from`: nothing is due until near what was found.
      at = stretch.end > settled ? Math.max(stretch.end, due - 2 * DAY_MS) : stretch.end;
    }
    return undefined;
  }

  /** The first due instant from `from` on, as the clock goes in this stretch; past its end: to be looked for further. */
  #within(stretch: Stretch, from: number): number {
    const { start, offset, before } = stretch;
    // Set back: what the clock shows for the second time was due the first time.
    const fresh = this.#isRunning ? from : Math.max(from, start + before - offset);
    const due = nextWall(this.#calendar, fresh + offset) - offset;
    return from < start + offset - before ? Math.min(due, this.#madeUp(stretch, from)) : due;
  }

  /** Set forward: a time that was skipped is due as if the clock had not been changed yet. */
  #madeUp({ start, offset, before }: Stretch, from: number): number {
    let skipped = nextWall(this.#calendar, from + before);
    // What runs on and wants the hour that the clock shows instead is due then anyway.
    while (
      this.#isRunning &&
      skipped < start + offset &&
      wantsHour(this.#calendar, skipped + offset - before)
    )
      skipped = nextWall(this.#calendar, skipped + 1);
    return skipped < start + offset ? skipped - before : Infinity;
  }

  toJSON(): CrontabJson {
    return {
      type: 'crontab',
      minute: this.minute.text,
      hour: this.hour.text,
      dayOfWeek: this.dayOfWeek.text,
      dayOfMonth: this.dayOfMonth.text,
      monthOfYear: this.monthOfYear.text,
      ...(this.timezone === undefined ? {} : { timezone: this.timezone }),
    };
  }

  toString(): string {
    const fields = [this.minute, this.hour, this.dayOfMonth, this.monthOfYear, this.dayOfWeek];
    const zone = this.timezone === undefined ? '' : `, ${this.timezone}`;
    return `crontab ${fields.map(({ text }) => text).join(' ')} (m/h/dM/MY/d)${zone}`;
  }
}

const DAY_MS = 86_400_000;
/** Some thousand years before the last moment that a Date can hold, for zones are not asked up to it. */
const FAR = 8.5e15;

/**
 * Whether it runs on through a change of the clock ("every 15 minutes") or stands for times of a day ("at 02:30").
 * The first is due whenever the clock shows a matching time, also for the second time in a night; the second once on
 * each date. It runs on when it has all hours, or several minutes of an hour that were written with `*`, as in cron.
 */
function isRunning(minute: Field, hour: Field): boolean {
  return hour.values.length === 24 || (minute.values.length > 1 && minute.text.includes('*'));
}
