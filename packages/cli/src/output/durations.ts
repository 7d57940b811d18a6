/** A span of time as people say it, in at most two units: `0.4s`, `12s`, `1m 05s`, `3h 20m`, `2d 04h`. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–';
  const size = Math.max(0, seconds);
  if (size < 0.0995) return `${Math.round(size * 1000)}ms`;
  if (size < 9.95) return `${size.toFixed(1)}s`;
  const whole = Math.round(size);
  if (whole < MINUTE) return `${whole}s`;
  if (whole < HOUR) return `${Math.floor(whole / MINUTE)}m ${two(whole % MINUTE)}s`;
  if (whole < DAY) return `${Math.floor(whole / HOUR)}h ${two(Math.floor((whole % HOUR) / MINUTE))}m`;
  return `${Math.floor(whole / DAY)}d ${two(Math.floor((whole % DAY) / HOUR))}h`;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const two = (count: number): string => String(count).padStart(2, '0');

/** The time of day in the zone of whoever looks: `14:03:07`. */
export function clockTime(epochMs: number): string {
  const date = new Date(epochMs);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
}
