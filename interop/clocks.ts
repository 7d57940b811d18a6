/** What clocks show, as Intl knows it. */
const HOUR = 3_600_000;

const formats = new Map<string, Intl.DateTimeFormat>();

/** What a clock of the zone shows, as if it were UTC, in ms. */
export function wallAt(instant: number, zone: string): number {
  let format = formats.get(zone);
  if (!format) {
    const two = '2-digit';
    // Sweden writes 2026-03-08 02:30.
    format = new Intl.DateTimeFormat('sv-SE', {
      ...{ timeZone: zone, year: 'numeric', month: two, day: two, hour: two, minute: two },
    });
    formats.set(zone, format);
  }
  const minute = Math.floor(instant / 60_000) * 60_000;
  return Date.parse(`${format.format(minute).replace(' ', 'T')}Z`) + (instant - minute);
}

/** Whether the clock is changed within three hours of an instant. */
export const isNearChange = (instant: number, zone: string): boolean =>
  wallAt(instant + 3 * HOUR, zone) - wallAt(instant - 3 * HOUR, zone) !== 6 * HOUR;

/** Hours of 2025 and 2026 in which the zone's clock is changed. */
export function changesOf(zone: string): number[] {
  const jumps = (at: number, span: number) => wallAt(at + span, zone) - wallAt(at, zone) !== span;
  const days = Array.from({ length: 730 }, (_, day) => Date.UTC(2025, 0) + day * 24 * HOUR);
  return days
    .filter((day) => jumps(day, 24 * HOUR))
    .flatMap((day) =>
      Array.from({ length: 24 }, (_, hour) => day + hour * HOUR).filter((at) => jumps(at, HOUR)),
    );
}
