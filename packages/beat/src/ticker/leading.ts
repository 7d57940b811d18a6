import type { ScheduleStore } from '@lovage/contracts';
import type { BeatClock } from './clock.ts';
import type { Term } from './lease.ts';
import type { Roster } from './roster.ts';
import type { Ticker } from './ticker.ts';

export interface LeadingOptions {
  readonly store: ScheduleStore;
  readonly roster: Roster;
  readonly ticker: Ticker;
  readonly clock: BeatClock;
  /** The longest that it sleeps before it asks the store for changed entries. */
  readonly maxIntervalMs: number;
  /** Told when a round has ended well. */
  readonly onRound: () => void;
}

/** A clock on the wall may be set, so it is looked at so often. */
const LONGEST_SLEEP_MS = 5000;

/** When all that was due was lost to somebody else, and nothing says why. */
const LOST_WAIT_MS = 1000;

/** What a leader does: sleep until something is due, claim it, and now and then ask what has changed. */
export class Leading {
  readonly #options: LeadingOptions;
  #revision: string | undefined;
  /** By the monotonic clock. */
  #askedMs = -Infinity;
  /** What may be kept from before has been sent. */
  #flushed = false;

  constructor(options: LeadingOptions) {
    this.#options = options;
  }

  /** Reads what there is before it leads, so that it need only read what has changed by then. @throws DriverError */
  async prepare(): Promise<void> {
    const { store, roster, clock } = this.#options;
    await roster.load(await store.list(), clock.now());
  }

  /** A term begins. */
  begin(): void {
    this.#options.ticker.begin();
    this.forget();
  }

  /** Nothing is known for certain any more: of the entries, and of what was kept. */
  forget(): void {
    this.#options.roster.forgive();
    this.#revision = undefined;
    this.#flushed = false;
  }

  /**
   * One round: sends what is due now, then sleeps until something is.
   * @param signal Ends the sleep early
   * @throws DriverError while the store is away, OperationalError while the broker is
   */
  async round(term: Term, signal: AbortSignal): Promise<void> {
    const { ticker, roster, clock, onRound } = this.#options;
    if (!this.#flushed) {
      await ticker.flush(term);
      this.#flushed = true;
    }
    await this.#takeUpChanges();
    let lost = false;
    while (!lost && roster.next <= clock.now() && term.holds() && !signal.aborted) {
      lost = await ticker.tick(term, clock.now());
      onRound();
      if (this.#isTimeToAsk()) break;
    }
    onRound();
    if (lost) {
      this.#revision = undefined;
      await clock.sleep(LOST_WAIT_MS * Math.random(), signal);
      return;
    }
    const ms = Math.min(roster.next - clock.now(), LONGEST_SLEEP_MS, this.#askIn());
    if (ms > 0) await clock.sleep(ms, signal);
  }

  /** Lists what is in the store, if it is not what was there before. */
  async #takeUpChanges(): Promise<void> {
    const { store, roster, clock } = this.#options;
    if (this.#revision !== undefined && !this.#isTimeToAsk()) return;
    const revision = await store.revision();
    this.#askedMs = clock.monotonic();
    if (revision === this.#revision) return;
    await roster.load(await store.list(), clock.now());
    this.#revision = revision;
  }

  #isTimeToAsk(): boolean {
    return this.#askIn() <= 0;
  }

  /** A little early, so that a change is taken up within the interval. */
  #askIn(): number {
    const { clock, maxIntervalMs } = this.#options;
    return this.#askedMs + maxIntervalMs * 0.8 - clock.monotonic();
  }
}
