/** Pure schedules: when something is due next. */
export { type Clocked, clocked } from './clocked.ts';
export { type Crontab, type CrontabFields, crontab } from './crontab.ts';
export type { CrontabValue } from './crontab-field.ts';
export {
  type DjangoRow,
  type DjangoTable,
  scheduleFromDjangoRow,
  scheduleToDjangoRow,
} from './django-rows.ts';
export { InvalidSchedule } from './errors.ts';
export { every, type Interval, type IntervalOptions, type Timedelta, type Unit } from './interval.ts';
export { inTimezone, readSchedule, type ScheduleLike, scheduleFromJson } from './read-schedule.ts';
export type { Schedule, ScheduleJson } from './schedule.ts';
export { SOLAR_EVENTS, type Solar, type SolarEvent, solar } from './solar.ts';
