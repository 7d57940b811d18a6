/** What the fields of a crontab stand for, ready to be searched. */
export interface Calendar {
  /** Ascending, as all of them; never empty. */
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  /** Bit n is set where n is wanted. */
  readonly daysOfWeek: number;
  readonly daysOfMonth: number;
  readonly months: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const DAY_MINUTES = 1440;
/** After so many years the calendar repeats, weekdays too. */
const CYCLE_DAYS = 146_097;

export const bits = (values: readonly number[]): number =>
  values.reduce((mask, value) => mask | (1 << value), 0);

/**
 * The first time of a wall clock, not before `wall`, that all five fields match: Celery wants both the day of the
 * month and the day of the week, where cron wants either.
 * @param wall The clock's reading, as if it were UTC, in ms; so is the answer
 * @returns Infinity where no day ever matches
 */
export function nextWall(calendar: Calendar, wall: number): number {
  const { minutes, hours } = calendar;
  const total = Math.ceil(wall / MINUTE_MS);
  const day = Math.floor(total / DAY_MINUTES);
  if (dayMatches(calendar, day)) {
    const ofDay = total - day * DAY_MINUTES;
    const hour = Math.floor(ofDay / 60);
    const minute = firstFrom(minutes, ofDay - hour * 60);
    // This hour, if it has a minute left; else the next one with its first.
    const inHour = minute !== undefined && hours.includes(hour);
    const nextHour = inHour ? hour : firstFrom(hours, hour + 1);
    if (nextHour !== undefined) return at(day, nextHour, inHour ? minute : minutes[0]!);
  }
  const next = nextDay(calendar, day + 1);
  return next === undefined ? Infinity : at(next, hours[0]!, minutes[0]!);
}

/** Whether anything can be due in the hour of this time of a wall clock. */
export function wantsHour(calendar: Calendar, wall: number): boolean {
  const day = Math.floor(wall / DAY_MS);
  return calendar.hours.includes(Math.floor((wall - day * DAY_MS) / 3_600_000)) && dayMatches(calendar, day);
}

const at = (day: number, hour: number, minute: number) => day * DAY_MS + (hour * 60 + minute) * MINUTE_MS;

function firstFrom(values: readonly number[], from: number): number | undefined {
  for (const value of values) if (value >= from) return value;
  return undefined;
}

/** Days are counted from 1 January 1970, a Thursday. */
const dayOfWeek = (day: number) => (((day + 4) % 7) + 7) % 7;

function dayMatches({ daysOfWeek, daysOfMonth, months }: Calendar, day: number): boolean {
  if ((daysOfWeek & (1 << dayOfWeek(day))) === 0) return false;
  const date = new Date(day * DAY_MS);
  return (months & (1 << (date.getUTCMonth() + 1))) !== 0 && (daysOfMonth & (1 << date.getUTCDate())) !== 0;
}

const LONGEST = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function lengthOf(year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 1 && !leap ? 28 : LONGEST[month]!;
}

/** The first day from `from` on that matches. */
function nextDay(calendar: Calendar, from: number): number | undefined {
  const { daysOfWeek, daysOfMonth, months } = calendar;
  for (let day = from; day < from + CYCLE_DAYS; ) {
    const date = new Date(day * DAY_MS);
    const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
    // Past the last moment that a Date can hold.
    if (Number.isNaN(year)) return undefined;
    let ofMonth = date.getUTCDate();
    const following = day - ofMonth + 1 + lengthOf(year, month);
    if ((months & (1 << (month + 1))) !== 0) {
      for (; day < following; day += 1, ofMonth += 1)
        if ((daysOfMonth & (1 << ofMonth)) !== 0 && (daysOfWeek & (1 << dayOfWeek(day))) !== 0) return day;
    }
    day = following;
  }
  return undefined;
}

/** Whether any month that is wanted has a day that is wanted: there is no 30 February. */
export function everMatches({ daysOfMonth, months }: Pick<Calendar, 'daysOfMonth' | 'months'>): boolean {
  return LONGEST.some(
    (days, index) => (months & (1 << (index + 1))) !== 0 && (daysOfMonth & ((2 << days) - 2)) !== 0,
  );
}
