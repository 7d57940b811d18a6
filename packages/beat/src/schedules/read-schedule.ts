import { Clocked, clocked } from './clocked.ts';
import { Crontab, type CrontabFields, crontab } from './crontab.ts';
import { InvalidSchedule, shown } from './errors.ts';
import { every, Interval, type Timedelta } from './interval.ts';
import { refuseUnknown } from './refuse-unknown.ts';
import type { Schedule } from './schedule.ts';
import { Solar, type SolarEvent, solar } from './solar.ts';

/** What may stand where a schedule is asked for; a number is seconds. */
export type ScheduleLike =
  | number
  | Timedelta
  | { readonly every: number; readonly period?: string }
  | Schedule;

const READERS: Readonly<Record<string, (json: Record<string, unknown>) => Schedule>> = {
  interval(json) {
    refuseUnknown('interval', json, ['type', 'seconds', 'relative', 'timezone']);
    const { seconds, relative, timezone } = json;
    return every(seconds as number, {
      ...(relative === undefined ? {} : { relative: relative as boolean }),
      ...(timezone === undefined ? {} : { timezone: timezone as string }),
    });
  },
  crontab({ type: _, ...fields }) {
    return crontab(fields as CrontabFields);
  },
  solar(json) {
    refuseUnknown('solar', json, ['type', 'event', 'latitude', 'longitude']);
    return solar(json['event'] as SolarEvent, json['latitude'] as number, json['longitude'] as number);
  },
  clocked(json) {
    refuseUnknown('clocked', json, ['type', 'at']);
    return clocked(json['at'] as string);
  },
};

/**
 * The schedule that was stored as this JSON.
 * @throws InvalidSchedule
 */
export function scheduleFromJson(json: unknown): Schedule {
  const type = isObject(json) ? json['type'] : undefined;
  if (typeof type !== 'string' || !Object.hasOwn(READERS, type))
    throw new InvalidSchedule(
      `${shown(json)} is no schedule: its type must be one of ${Object.keys(READERS).join(', ')}`,
    );
  return READERS[type]!(json as Record<string, unknown>);
}

/**
 * A schedule, or what stands for one: seconds, a timedelta, `{ every, period }`, or the JSON of a schedule.
 * @throws InvalidSchedule
 */
export function readSchedule(given: unknown): Schedule {
  if (isSchedule(given)) return given;
  if (typeof given === 'number') return every(given);
  // A schedule of another copy of this package.
  if (isObject(given) && typeof given['toJSON'] === 'function') return scheduleFromJson(given['toJSON']());
  if (isObject(given)) return 'type' in given ? scheduleFromJson(given) : every(given as Timedelta);
  throw new InvalidSchedule(
    `${shown(given)} is no schedule; give seconds, { hours: 6 }, crontab({ … }), solar(…) or clocked(…)`,
  );
}

/** The same, in this zone where it is one of a zone and names none itself. */
export function inTimezone(schedule: Schedule, timezone: string): Schedule {
  return schedule instanceof Crontab || schedule instanceof Interval ? schedule.in(timezone) : schedule;
}

const KINDS = [Crontab, Interval, Solar, Clocked];

const isSchedule = (given: unknown): given is Schedule => KINDS.some((kind) => given instanceof kind);

const isObject = (given: unknown): given is Record<string, unknown> =>
  typeof given === 'object' && given !== null && !Array.isArray(given);
