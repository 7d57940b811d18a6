/** What clocks show, as Intl knows it. */
const HOUR = 3_600_000;
const QUARTER = 900_000;

interface Clock {
  readonly format: Intl.DateTimeFormat;
  /** By the quarter of an hour, at which alone these zones change. */
  readonly offsets: Map<number, number>;
}
const clocks = new Map<string, Clock>();

/** What a clock of the zone shows, as if it were UTC, in ms. */
export function wallAt(instant: number, zone: string): number {
  const clock = clocks.get(zone) ?? { format: formatFor(zone), offsets: new Map<number, number>() };
  clocks.set(zone, clock);
  const quarter = Math.floor(instant / QUARTER) * QUARTER;
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
