import { InvalidSchedule, shown } from './errors.ts';
import { temporal } from './libraries.ts';

/** A stretch of time in which a zone's clock goes on without a jump. All in ms. */
export interface Stretch {
  /** The instant it begins with; -Infinity for the first. */
  readonly start: number;
  /** The first instant that is not in it; Infinity for the last. */
  readonly end: number;
  /** Clock minus UTC. */
  readonly offset: number;
  /** What the clock was ahead of UTC just before `start`; the same as `offset` for the first. */
  readonly before: number;
}

/**
 * A time zone as a table of stretches. The library says where they begin; here they are only kept, since it takes
 * microseconds to ask and a beat asks for thousands of entries in one zone.
 */
export class Zone {
  readonly name: string;
  /** Sorted by start; with holes where nobody asked. */
  readonly #known: Stretch[] = [];

  private constructor(name: string) {
    this.name = name;
    if (name === 'UTC') this.#known.push({ start: -Infinity, end: Infinity, offset: 0, before: 0 });
  }

  static readonly #byName = new Map<string, Zone>();

  /**
   * @param name IANA name
   * @throws InvalidSchedule for a name that is none, or an offset in place of a name, which Python refuses
   */
  static of(name: unknown): Zone {
    const known = Zone.#byName.get(name as string);
    if (known) return known;
    if (typeof name !== 'string' || !isZone(name))
      throw new InvalidSchedule(
        `timezone ${shown(name)} is unknown; give an IANA name such as 'Europe/Berlin'`,
      );
    const zone = new Zone(name);
    Zone.#byName.set(name, zone);
    return zone;
  }

  /** The stretch that holds an instant. */
  at(instant: number): Stretch {
    let low = 0;
    let high = this.#known.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const stretch = this.#known[middle]!;
      if (instant < stretch.start) high = middle;
      else if (instant >= stretch.end) low = middle + 1;
      else return stretch;
    }
    const found = this.#lookUp(instant);
    this.#known.splice(low, 0, found);
    return found;
  }

  #lookUp(instant: number): Stretch {
    const { Instant } = temporal();
    const here = Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(this.name);
    // "Previous" does not count the instant itself, at which a stretch may begin.
    const start = here.add({ milliseconds: 1 }).getTimeZoneTransition('previous');
    const end = here.getTimeZoneTransition('next');
    const offset = here.offsetNanoseconds / 1e6;
    return {
      start: start?.epochMilliseconds ?? -Infinity,
      end: end?.epochMilliseconds ?? Infinity,
      offset,
      before: (start?.subtract({ milliseconds: 1 }).offsetNanoseconds ?? here.offsetNanoseconds) / 1e6,
    };
  }
}

function isZone(name: string): boolean {
  if (/^[+-]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
