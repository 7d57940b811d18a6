import { zonedToUtc } from '@lovage/protocol';
import { InvalidSchedule, shown } from './errors.ts';
import { refuseUnknown } from './refuse-unknown.ts';
import { dateAt, type IntervalJson, msOf, type Schedule } from './schedule.ts';
import { Zone } from './zone.ts';

const UNITS_MS = {
  microseconds: 0.001,
  milliseconds: 1,
  seconds: 1000,
  minutes: 60_000,
  hours: 3_600_000,
  days: 86_400_000,
  weeks: 604_800_000,
} as const;
const UNIT_NAMES = Object.keys(UNITS_MS) as readonly Unit[];

export type Unit = keyof typeof UNITS_MS;

/** Python's `timedelta(hours=6, minutes=30)`: the parts are added. */
export type Timedelta = { readonly [Name in Unit]?: number };

export interface IntervalOptions {
  /**
   * Celery's `relative`: due at whole units, as far as the interval is long: at midnight for one of days, at full hours
   * for one of hours, then at full minutes, then at full seconds.
   */
  readonly relative?: boolean;
  /** The zone whose days and hours are meant by `relative`. Default: the app's `timezone`. */
  readonly timezone?: string;
}

/**
 * Due again after so much time, by no clock on a wall: a night of 25 hours changes nothing.
 * @param interval Seconds, or `{ hours: 6 }` as Python's `timedelta`, or `{ every: 10, period: 'minutes' }` as a row of
 *   django-celery-beat. One millisecond at least; what is finer is rounded
 * @throws InvalidSchedule
 */
export function every(
  interval: number | Timedelta | { readonly every: number; readonly period?: Unit },
  options: IntervalOptions = {},
): Interval {
  refuseUnknown("every()'s second argument", options, ['relative', 'timezone']);
  return new Interval(millisecondsOf(interval), options);
}

export class Interval implements Schedule {
  readonly type = 'interval';
  /** Whole and positive. */
  readonly everyMs: number;
  readonly relative: boolean;
  /** Undefined where none was said. */
  readonly timezone: string | undefined;

  constructor(everyMs: number, { relative = false, timezone }: IntervalOptions) {
    this.everyMs = everyMs;
    if (typeof relative !== 'boolean')
      throw new InvalidSchedule(`interval: relative must be true or false, not ${shown(relative)}`);
    this.relative = relative;
    this.timezone = timezone;
    if (timezone !== undefined) Zone.of(timezone);
    if (timezone !== undefined && !relative)
      throw new InvalidSchedule(
        'interval: timezone says whose days are meant by relative; give relative: true too',
      );
    if (relative && everyMs < 1000)
      throw new InvalidSchedule(
        `interval: ${everyMs / 1000} s cannot be relative, which is due at full seconds`,
      );
  }

  /** The same, in this zone where it is relative and names none itself. */
  in(timezone: string): Interval {
    return this.relative && this.timezone === undefined
      ? new Interval(this.everyMs, { relative: true, timezone })
      : this;
  }

  next(after: Date, previous: Date = after): Date | undefined {
    const from = msOf(after, 'after');
    const base = msOf(previous, 'previous');
    let passed = Math.max(1, Math.floor((from - base) / this.everyMs) + 1);
    if (!this.relative) return dateAt(base + passed * this.everyMs);
    // Rounding down may lead back to `after`, so the one behind is looked at too.
    for (; ; passed += 1) {
      const due = this.#rounded(base + passed * this.everyMs);
      if (!(due <= from)) return dateAt(due);
    }
  }

  #rounded(instant: number): number {
    const unit = [UNITS_MS.days, UNITS_MS.hours, UNITS_MS.minutes].find((ms) => this.everyMs >= ms) ?? 1000;
    const zone = this.timezone ?? 'UTC';
    if (Math.abs(instant) > 8.64e15) return instant;
    const wall = instant + Zone.of(zone).at(instant).offset;
    return zonedToUtc(Math.floor(wall / unit) * unit, zone);
  }

  toJSON(): IntervalJson {
    return {
      type: 'interval',
      seconds: this.everyMs / 1000,
      ...(this.relative ? { relative: true } : {}),
      ...(this.timezone === undefined ? {} : { timezone: this.timezone }),
    };
  }

  toString(): string {
    return `every ${this.everyMs / 1000} s${this.relative ? ', relative' : ''}`;
  }
}

const LONGEST_MS = 8.64e15;

function millisecondsOf(interval: unknown): number {
  const ms = Math.round(exactMs(interval));
  if (ms < 1 || ms > LONGEST_MS)
    throw new InvalidSchedule(
      `interval ${shown(interval)} is ${ms / 1000} s; give more than 0, at least 0.001 s`,
    );
  return ms;
}

function exactMs(interval: unknown): number {
  if (typeof interval === 'number') return partMs(interval, 'seconds', 'interval');
  if (typeof interval !== 'object' || interval === null || Array.isArray(interval))
    throw new InvalidSchedule(
      `interval cannot be ${shown(interval)}; give seconds, { hours: 6 } or { every: 10, period: 'minutes' }`,
    );
  if ('every' in interval) {
    refuseUnknown('interval', interval, ['every', 'period']);
    const { every, period = 'seconds' } = interval as { every: unknown; period?: unknown };
    if (!UNIT_NAMES.includes(period as Unit))
      throw new InvalidSchedule(`interval: period ${shown(period)} is none of ${UNIT_NAMES.join(', ')}`);
    return partMs(every, period as Unit, 'interval: every');
  }
  refuseUnknown('interval', interval, UNIT_NAMES);
  const parts = Object.entries(interval).filter(([, value]) => value !== undefined);
  if (parts.length === 0)
    throw new InvalidSchedule(
      "interval {} says nothing; give { hours: 6 } or { every: 10, period: 'minutes' }",
    );
  return parts.reduce((sum, [unit, value]) => sum + partMs(value, unit as Unit, `interval: ${unit}`), 0);
}

function partMs(value: unknown, unit: Unit, what: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw new InvalidSchedule(`${what} must be a number of ${unit}, not ${shown(value)}`);
  return value * UNITS_MS[unit];
}
