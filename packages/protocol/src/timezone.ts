const DAY_MS = 86_400_000;

const formats = new Map<string, Intl.DateTimeFormat>();

/**
 * The instant of a wall clock's time in a zone, as Python's zoneinfo reads it (fold 0): a time that occurs twice
 * is the first of the two, one that the clock skipped counts with the offset from before the change.
 * @param local The wall clock's time, as if it were UTC, in ms
 * @param timezone IANA name
 * @throws RangeError for a zone that does not exist
 */
export function zonedToUtc(local: number, timezone: string): number {
  if (timezone === 'UTC') return local;
  const before = offsetAt(local - DAY_MS, timezone);
  const after = offsetAt(local + DAY_MS, timezone);
  const early = local - before;
  if (before === after || offsetAt(early, timezone) === before) return early;
  const late = local - after;
  return offsetAt(late, timezone) === after ? late : early;
}

/** Zone minus UTC at an instant, in ms. */
function offsetAt(instant: number, timezone: string): number {
  const part: Record<string, number> = {};
  for (const { type, value } of formatFor(timezone).formatToParts(instant)) part[type] = Number(value);
  const wall = new Date(0);
  wall.setUTCFullYear(part['year']!, part['month']! - 1, part['day']!);
  wall.setUTCHours(part['hour']!, part['minute']!, part['second']!);
  return wall.getTime() - Math.floor(instant / 1000) * 1000;
}

function formatFor(timezone: string): Intl.DateTimeFormat {
  let format = formats.get(timezone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: timezone,
      calendar: 'iso8601',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(timezone, format);
  }
  return format;
}
