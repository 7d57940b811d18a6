/** The rule of a crontab by brute force: minute after minute, with the clock that Intl shows. Shares no code with ours. */
import type { Crontab } from '../src/index.ts';

const MINUTE = 60_000;
interface Clock {
  readonly format: Intl.DateTimeFormat;
  /** By the quarter of an hour, at which alone zones change. */
  readonly offsets: Map<number, number>;
}
const clocks = new Map<string, Clock>();

/** What a clock of the zone shows, as if it were UTC, in ms. For whole minutes. */
export function wallAt(instant: number, zone: string): number {
  const clock = clocks.get(zone) ?? { format: formatFor(zone), offsets: new Map<number, number>() };
  clocks.set(zone, clock);
  const quarter = Math.floor(instant / (15 * MINUTE)) * 15 * MINUTE;
  let offset = clock.offsets.get(quarter);
  if (offset === undefined) {
    offset = Date.parse(`${clock.format.format(quarter).replace(' ', 'T')}Z`) - quarter;
    clock.offsets.set(quarter, offset);
  }
  return instant + offset;
}

function formatFor(timeZone: string): Intl.DateTimeFormat {
  const two = '2-digit';
  // Sweden writes 2026-03-08 02:30.
  return new Intl.DateTimeFormat('sv-SE', {
    ...{ timeZone, year: 'numeric', month: two, day: two, hour: two, minute: two },
  });
}

/** The hours before a zone's clock changes in these years. */
export function changesOf(zone: string, from: number, until: number): number[] {
  const hour = 60 * MINUTE;
  const jumps = (at: number, span: number) => wallAt(at + span, zone) - wallAt(at, zone) !== span;
  const days: number[] = [];
  for (let at = from; at < until; at += 24 * hour) if (jumps(at, 24 * hour)) days.push(at);
  return days.flatMap((day) =>
    Array.from({ length: 24 }, (_, index) => day + index * hour).filter((at) => jumps(at, hour)),
  );
}

export function matches(schedule: Crontab, wall: number): boolean {
  const date = new Date(wall);
  return (
    schedule.minute.values.includes(date.getUTCMinutes()) &&
    schedule.hour.values.includes(date.getUTCHours()) &&
    schedule.dayOfMonth.values.includes(date.getUTCDate()) &&
    schedule.monthOfYear.values.includes(date.getUTCMonth() + 1) &&
    schedule.dayOfWeek.values.includes(date.getUTCDay())
  );
}

/** Every minute of the hours, or several minutes with a star: goes on whatever the clock shows. */
const runsOn = ({ hour, minute }: Crontab) =>
  hour.values.length === 24 || (minute.values.length > 1 && minute.text.includes('*'));

/** The first due minute after an instant, undefined where `minutes` do not hold one. */
export function bruteNext(
  schedule: Crontab,
  zone: string,
  after: number,
  minutes: number,
): number | undefined {
  const first = Math.floor(after / MINUTE) * MINUTE + MINUTE;
  for (let at = first; at < first + minutes * MINUTE; at += MINUTE) if (isDue(schedule, zone, at)) return at;
  return undefined;
}

export function isDue(schedule: Crontab, zone: string, at: number): boolean {
  const wall = wallAt(at, zone);
  if (matches(schedule, wall) && (runsOn(schedule) || !shownBefore(wall, zone, at))) return true;
  if (wall - wallAt(at - 180 * MINUTE, zone) === 180 * MINUTE) return false;
  // Within so many minutes after the clock was set forward, what it skipped is due.
  for (let back = 1; back <= 180; back += 1) {
    const jump = wallAt(at - (back - 1) * MINUTE, zone) - wallAt(at - back * MINUTE, zone) - MINUTE;
    if (jump > 0 && (back - 1) * MINUTE < jump)
      return matches(schedule, wall - jump) && !(runsOn(schedule) && wantsHour(schedule, wall));
  }
  return false;
}

/** Whether it is due in the hour that the clock shows, at whatever minute. */
const wantsHour = (schedule: Crontab, wall: number) =>
  schedule.minute.values.some((minute) =>
    matches(schedule, Math.floor(wall / 3_600_000) * 3_600_000 + minute * MINUTE),
  );

function shownBefore(wall: number, zone: string, at: number): boolean {
  for (let back = 1; back <= 180; back += 1) if (wallAt(at - back * MINUTE, zone) === wall) return true;
  return false;
}
