import type { Claiming } from './claiming.ts';
import type { BeatClock } from './clock.ts';
import type { Term } from './lease.ts';
import type { Witness } from './outage.ts';
import type { Outbox } from './outbox.ts';
import type { Overlap } from './overlap.ts';
import type { Item, Roster } from './roster.ts';
import type { Plan, Runs, SentRun } from './runs.ts';

export interface TickerOptions {
  readonly roster: Roster;
  readonly overlap: Overlap;
  readonly runs: Runs;
  readonly claiming: Claiming;
  /** Sends what was claimed, where claiming does not. */
  readonly outbox: Outbox | undefined;
  readonly results: Witness;
  readonly clock: BeatClock;
  readonly missedAfterMs: number;
  readonly onSent: (run: SentRun) => void;
}

/** Entries that are looked at together, and messages that go together, unless one entry has more. */
const AT_ONCE = 500;

/** When something is looked at again whose last run cannot be asked for. */
const ASK_AGAIN_MS = 1000;

/** Claims what is due, and has it sent. */
export class Ticker {
  readonly #options: TickerOptions;
  /** Claimed and kept, but not known to be sent. */
  readonly #untold: Plan[] = [];

  constructor(options: TickerOptions) {
    this.#options = options;
  }

  /**
   * One batch of what is due by now. True when some of it was lost to others. After that, and after whatever this throws,
   * what is known of the entries is out of date.
   * @throws DriverError while the store is away, OperationalError while the broker is
   */
  async tick(term: Term, now: number): Promise<boolean> {
    const { roster, runs, overlap, missedAfterMs } = this.#options;
    const items = roster.take(now, AT_ONCE);
    const running = await this.#running(items, now);
    let batch: Plan[] = [];
    let messages = 0;
    let lost = false;
    for (const item of items) {
      const goesOn = running.get(item) ?? false;
      if (goesOn === 'unknown') {
        roster.putBack(item, now + ASK_AGAIN_MS);
        continue;
      }
      const plan = await runs.plan(item, { now, missedAfterMs, running: goesOn });
      if (!plan) {
        roster.putBack(item);
        continue;
      }
      if (goesOn && item.entry.overlap === 'replace' && plan.calls.length > 0) await overlap.end(item);
      if (batch.length > 0 && messages + plan.calls.length > AT_ONCE) {
        lost = (await this.#send(batch, term)) || lost;
        batch = [];
        messages = 0;
      }
      batch.push(plan);
      messages += plan.calls.length;
    }
    if (batch.length > 0) lost = (await this.#send(batch, term)) || lost;
    return lost;
  }

  /** Another may have led since: what it sent is not ours to tell. */
  begin(): void {
    this.#untold.length = 0;
  }

  /** Sends what is kept, of ours or of a leader before. */
  async flush(term: Term): Promise<void> {
    if ((await this.#options.outbox?.flush(term)) ?? true) await this.#tell(this.#untold.splice(0));
  }

  async #send(batch: readonly Plan[], term: Term): Promise<boolean> {
    const { claiming, outbox, roster } = this.#options;
    const { won, lost } = await claiming.claim(batch, term);
    for (const { item, claim } of won) if (!claim.disable) roster.putBack(item);
    if (outbox) {
      this.#untold.push(...won);
      await this.flush(term);
    } else {
      await this.#tell(won);
    }
    return lost;
  }

  async #tell(plans: readonly Plan[]): Promise<void> {
    const { runs, clock, onSent } = this.#options;
    for (const run of await runs.tell(plans, clock.now())) onSent(run);
  }

  /** Whose last run goes on, of those that mind. While nobody can say, they wait, and others go on. */
  async #running(items: readonly Item[], now: number): Promise<ReadonlyMap<Item, boolean | 'unknown'>> {
    const { overlap, results } = this.#options;
    const minding = items.filter((item) => item.entry.overlap !== 'allow' && item.lastSent !== undefined);
    if (minding.length === 0) return new Map();
    try {
      const running = await overlap.running(minding, now);
      results.over();
      return new Map(minding.map((item) => [item, running.has(item)]));
    } catch (error) {
      results.met(error);
      return new Map(minding.map((item) => [item, 'unknown']));
    }
  }
}
