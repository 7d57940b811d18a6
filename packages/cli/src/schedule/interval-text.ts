import { InvalidArgumentError } from 'commander';

/** Units of a timedelta, by every beginning that people write. */
const UNITS: readonly (readonly [pattern: RegExp, unit: string])[] = [
  [/^w(eeks?)?$/, 'weeks'],
  [/^d(ays?)?$/, 'days'],
  [/^h(ours?|rs?)?$/, 'hours'],
  [/^m(in(ute)?s?)?$/, 'minutes'],
  [/^s(ec(ond)?s?)?$/, 'seconds'],
  [/^(ms|milliseconds?)$/, 'milliseconds'],
];

/** `30` is seconds; `10 minutes`, `1h 30m`, `90s`: a timedelta. */
export function intervalText(text: string): number | Readonly<Record<string, number>> {
  if (/^\d+(\.\d+)?$/.test(text.trim())) return Number(text);
  const parts: Record<string, number> = {};
  const rest = text
    .toLowerCase()
    .replace(/(\d+(?:\.\d+)?)\s*([a-z]+)\s*,?\s*/g, (part, count: string, word: string) => {
      const unit = UNITS.find(([pattern]) => pattern.test(word))?.[1];
      if (unit === undefined || unit in parts) return part;
      parts[unit] = Number(count);
      return '';
    });
  if (rest.trim() === '' && Object.keys(parts).length > 0) return parts;
  throw new InvalidArgumentError("it must be seconds, or such as '10 minutes' or '1h 30m'");
}

/** `m h dom mon dow`, as in a crontab. */
export function crontabText(text: string): Readonly<Record<string, string>> {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== 5) {
    throw new InvalidArgumentError(
      "it must be five fields: minute, hour, day of month, month, day of week, such as '30 7 * * mon-fri'",
    );
  }
  const [minute = '', hour = '', dayOfMonth = '', monthOfYear = '', dayOfWeek = ''] = fields;
  return { minute, hour, dayOfMonth, monthOfYear, dayOfWeek };
}

/** `sunset,48.2,16.4` */
export function solarText(text: string): readonly [event: string, latitude: number, longitude: number] {
  const [event = '', latitude = '', longitude = '', ...more] = text.split(',').map((part) => part.trim());
  const numbers = [latitude, longitude].map((part) => (part === '' ? Number.NaN : Number(part)));
  if (more.length === 0 && event !== '' && numbers.every(Number.isFinite))
    return [event, numbers[0]!, numbers[1]!];
  throw new InvalidArgumentError(
    "it must be an event, a latitude and a longitude, such as 'sunset,48.2,16.4'",
  );
}
