import { InvalidSchedule, shown } from './errors.ts';
import { astronomy } from './libraries.ts';
import { msOf, type Schedule, type SolarJson } from './schedule.ts';

/** How high the centre of the sun stands, in degrees, and whether it rises (1) or sets (-1). */
const TWILIGHTS = {
  dawn_astronomical: [-18, 1],
  dawn_nautical: [-12, 1],
  dawn_civil: [-6, 1],
  dusk_civil: [-6, -1],
  dusk_nautical: [-12, -1],
  dusk_astronomical: [-18, -1],
} as const;
/** The upper edge at the horizon, with the usual refraction. */
const EDGES = { sunrise: 1, sunset: -1 } as const;

export type SolarEvent = keyof typeof TWILIGHTS | keyof typeof EDGES | 'solar_noon';

/** Celery's names of events. */
export const SOLAR_EVENTS: readonly SolarEvent[] = [
  ...(['dawn_astronomical', 'dawn_nautical', 'dawn_civil', 'sunrise', 'solar_noon', 'sunset'] as const),
  ...(['dusk_civil', 'dusk_nautical', 'dusk_astronomical'] as const),
];

/**
 * Due with the sun, at sea level.
 * @param event One of Celery's, such as `'sunset'`
 * @param lat Degrees, north positive
 * @param lon Degrees, east positive
 * @throws InvalidSchedule
 */
export function solar(event: SolarEvent, lat: number, lon: number): Solar {
  return new Solar(event, lat, lon);
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** A polar night is shorter. */
const LIMIT_DAYS = 400;

export class Solar implements Schedule {
  readonly type = 'solar';
  readonly event: SolarEvent;
  readonly latitude: number;
  readonly longitude: number;

  constructor(event: SolarEvent, latitude: number, longitude: number) {
    if (!SOLAR_EVENTS.includes(event))
      throw new InvalidSchedule(`solar: event ${shown(event)} is none of ${SOLAR_EVENTS.join(', ')}`);
    checkDegrees('latitude', latitude, 90);
    checkDegrees('longitude', longitude, 180);
    this.event = event;
    this.latitude = latitude;
    this.longitude = longitude;
  }

  /** Near the poles, where the sun stays up or down for months, the event that ends this. */
  next(after: Date): Date | undefined {
    const from = msOf(after, 'after');
    const search = this.#searcher();
    // A search that begins right at an event may miss it.
    for (let start = from - MINUTE_MS; ; ) {
      const rough = search(start, LIMIT_DAYS);
      if (rough === undefined) return undefined;
      const due = settled(rough, search);
      if (due > from) return new Date(due);
      start = rough + HOUR_MS;
    }
  }

  #searcher(): Search {
    const { Body, Observer, SearchAltitude, SearchHourAngle, SearchRiseSet } = astronomy();
    const observer = new Observer(this.latitude, this.longitude, 0);
    const { event } = this;
    return (from, days) => {
      const start = new Date(from);
      if (event === 'solar_noon') return SearchHourAngle(Body.Sun, observer, 0, start, 1).time.date.getTime();
      if (event === 'sunrise' || event === 'sunset')
        return SearchRiseSet(Body.Sun, observer, EDGES[event], start, days)?.date.getTime();
      const [altitude, direction] = TWILIGHTS[event];
      return SearchAltitude(Body.Sun, observer, direction, start, days, altitude)?.date.getTime();
    };
  }

  toJSON(): SolarJson {
    const { event, latitude, longitude } = this;
    return { type: 'solar', event, latitude, longitude };
  }

  toString(): string {
    return `${this.event} at latitude ${this.latitude}, longitude ${this.longitude}`;
  }
}

/** The first event from an instant on, both in epoch ms. */
type Search = (from: number, days: number) => number | undefined;

/**
 * The library searches to a tenth of a second, and where it ends depends on where it began. A due time must be the same
 * for every beat that works it out, so the event is searched again from the midnight before.
 */
function settled(rough: number, search: Search): number {
  let start = Math.floor(rough / DAY_MS) * DAY_MS;
  for (;;) {
    const found = search(start, 2);
    if (found === undefined || found > rough + MINUTE_MS) return rough;
    if (found > rough - MINUTE_MS) return found;
    start = found + HOUR_MS;
  }
}

function checkDegrees(name: string, value: unknown, most: number): void {
  if (typeof value !== 'number' || !(Math.abs(value) <= most))
    throw new InvalidSchedule(
      `solar: ${name} must be a number from -${most} to ${most}, not ${shown(value)}`,
    );
}
