import { zonedToUtc } from './timezone.ts';

/**
 * The one form of a time that every Celery reads alike: UTC, six fraction digits, `+00:00`.
 * (5.2 reads `.123Z` as 123 microseconds.)
 * @param ms Epoch milliseconds; a fraction is kept to the microsecond.
 * @throws RangeError outside the years 1 to 9999, which Python's datetime cannot hold
 */
export function isoUtc(ms: number): string {
  return `${isoMicros(ms)}+00:00`;
}

/** As `isoUtc`, without the offset: kombu's form of a time in UTC before version 5.3 appends `Z` to this. */
export function isoMicros(ms: number): string {
  // A worker writes dozens of results in one millisecond; a date is dear to format.
  if (ms !== latest.ms) latest = { ms, text: formatMicros(ms) };
  return latest.text;
}

let latest = { ms: Number.NaN, text: '' };

function formatMicros(ms: number): string {
  const whole = Math.floor(ms);
  const text = new Date(whole).toISOString();
  if (text.length !== 24 || text.startsWith('0000')) {
    throw new RangeError(`${ms} ms is outside the years 1 to 9999`);
  }
  const micros = whole === ms ? '000' : String(Math.floor((ms - whole) * 1000)).padStart(3, '0');
  return text.slice(0, 23) + micros;
}

const ISO =
  /^(\d{4})(-?)(\d{2})\2(\d{2})(?:[Tt ](\d{2})(:?)(\d{2})(?:\6(\d{2})(?:[.,](\d+))?)?)? ?([Zz]|[+-]\d{2}(?::?\d{2}(?::?\d{2})?)?)?$/;

/**
 * Epoch milliseconds of an ISO 8601 time, with a fraction where the text is finer than a millisecond.
 * All forms that a Celery sends or reads with one meaning: date alone, `T` or a space, with or without seconds,
 * fraction, colons and dashes, `Z`, `±HH`, `±HHMM`, `±HH:MM`.
 * @param timezone IANA name of the zone meant when the text names no offset
 * @returns undefined when it is no such time
 * @throws RangeError for a time zone that does not exist
 */
export function parseIso(text: string, timezone = 'UTC'): number | undefined {
  const match = ISO.exec(text);
  if (match === null) return undefined;
  const [, year, , month, day, hour = '00', , minute = '00', second = '00', fraction = '', offset] = match;
  const local = utcMs(Number(year), Number(month), Number(day), Number(hour), Number(minute), Number(second));
  if (local === undefined) return undefined;
  const fine = fraction === '' ? 0 : Number(`0.${fraction.slice(0, 6)}`) * 1000;
  if (offset === undefined) return zonedToUtc(local, timezone) + fine;
  const offsetMs = parseOffset(offset);
  return offsetMs === undefined ? undefined : local - offsetMs + fine;
}

/** Undefined where a field is out of its range: February 30, hour 24. */
function utcMs(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
): number | undefined {
  if (year < 1 || month < 1 || month > 12 || hour > 23 || minute > 59 || second > 59) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCDate() !== day || date.getUTCMonth() !== month - 1) return undefined;
  return date.getTime() + hour * 3_600_000 + minute * 60_000 + second * 1000;
}

function parseOffset(text: string): number | undefined {
  if (text === 'Z' || text === 'z') return 0;
  const digits = text.slice(1).replaceAll(':', '');
  const hours = Number(digits.slice(0, 2));
  const minutes = Number(digits.slice(2, 4));
  const seconds = Number(digits.slice(4, 6));
  if (hours > 23 || minutes > 59 || seconds > 59) return undefined;
  const ms = hours * 3_600_000 + minutes * 60_000 + seconds * 1000;
  return text[0] === '-' ? -ms : ms;
}
