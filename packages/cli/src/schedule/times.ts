import { duration } from '../output/durations.ts';

/** `2026-11-22 07:30:00 +01:00`: as clocks in a zone show it. */
export function zonedTime(at: Date, timezone: string): string {
  const parts = new Intl.DateTimeFormat('sv', {
    timeZone: timezone,
    dateStyle: 'short',
    timeStyle: 'medium',
  }).format(at);
  const name = new Intl.DateTimeFormat('en', { timeZone: timezone, timeZoneName: 'longOffset' })
    .formatToParts(at)
    .find(({ type }) => type === 'timeZoneName')?.value;
  const offset = name?.slice('GMT'.length) ?? '';
  return `${parts} ${offset === '' ? '+00:00' : offset.replace('−', '-')}`;
}

/** `in 7h 20m`, `12s ago`. */
export function fromNow(at: Date, now: Date): string {
  const seconds = (at.getTime() - now.getTime()) / 1000;
  return seconds >= 0 ? `in ${duration(seconds)}` : `${duration(-seconds)} ago`;
}
