/**
 * When something is due: pure, without a clock. A schedule never changes, so one may be shared by many entries.
 */
export interface Schedule {
  readonly type: 'interval' | 'crontab' | 'solar' | 'clocked';

  /**
   * The first due time after a moment, never the moment itself; undefined where there is none any more.
   * @param after Look from here on
   * @param previous The due time before, from which intervals count, so that they do not drift when looked at late.
   *   Default: `after`. The other schedules do not need it
   * @throws RangeError for an invalid Date
   */
  next(after: Date, previous?: Date): Date | undefined;

  /** Plain JSON, from which `scheduleFromJson` makes the same schedule again. */
  toJSON(): ScheduleJson;

  /** For people: `crontab 30 7 * * mon-fri (m/h/dM/MY/d), Europe/Prague`. */
  toString(): string;
}

/** How schedules are stored. Nothing is taken out of it; what is added gets a default. */
export type ScheduleJson = IntervalJson | CrontabJson | SolarJson | ClockedJson;

export interface IntervalJson {
  readonly type: 'interval';
  readonly seconds: number;
  readonly relative?: true;
  readonly timezone?: string;
}

/** The fields as they were written, in Celery's grammar. */
export interface CrontabJson {
  readonly type: 'crontab';
  readonly minute: string;
  readonly hour: string;
  readonly dayOfWeek: string;
  readonly dayOfMonth: string;
  readonly monthOfYear: string;
  /** Absent where none was said: the app's. */
  readonly timezone?: string;
}

export interface SolarJson {
  readonly type: 'solar';
  readonly event: string;
  readonly latitude: number;
  readonly longitude: number;
}

export interface ClockedJson {
  readonly type: 'clocked';
  /** ISO 8601 in UTC. */
  readonly at: string;
}

/** @throws RangeError for an invalid Date, which would make every answer NaN */
export function msOf(moment: Date, name: string): number {
  const ms = moment.getTime();
  if (Number.isNaN(ms)) throw new RangeError(`${name} is an invalid Date`);
  return ms;
}

/** Undefined past the last moment that a Date can hold. */
export function dateAt(ms: number): Date | undefined {
  return Math.abs(ms) <= 8.64e15 ? new Date(ms) : undefined;
}
