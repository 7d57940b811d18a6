import { type Logger, maskUrls } from '@lovage/app';
import type { BeatClock } from './clock.ts';

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;

/** A service that is away, as one of those sees it who use it. */
export interface Witness {
  met(error: unknown): void;
  over(): void;
  /** Waits 1 to 30 s, longer each time, and not in step with other beats. Never rejects. */
  wait(signal: AbortSignal): Promise<void>;
}

/** Says once that a service is away, however many use it and however often, and once that it is back for all of them. */
export class Outage {
  readonly #what: string;
  readonly #log: Logger;
  readonly #clock: BeatClock;
  readonly #missing = new Set<Witness>();
  /** By the monotonic clock. */
  #sinceMs = 0;

  /** @param what completes "… is away" */
  constructor(what: string, log: Logger, clock: BeatClock) {
    this.#what = what;
    this.#log = log;
    this.#clock = clock;
  }

  /** For how long it has been away, in ms; 0: it is there. */
  get awayMs(): number {
    return this.#missing.size === 0 ? 0 : Math.max(1, this.#clock.monotonic() - this.#sinceMs);
  }

  witness(): Witness {
    let attempts = 0;
    const witness: Witness = {
      met: (error) => this.#met(witness, error),
      over: () => {
        attempts = 0;
        this.#over(witness);
      },
      wait: async (signal) => {
        const ceiling = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempts);
        attempts += 1;
        await this.#clock.sleep(Math.max(FIRST_WAIT_MS, ceiling * (0.5 + Math.random() / 2)), signal);
      },
    };
    return witness;
  }

  #met(witness: Witness, error: unknown): void {
    const first = this.#missing.size === 0;
    this.#missing.add(witness);
    if (!first) return;
    this.#sinceMs = this.#clock.monotonic();
    const text = maskUrls(error instanceof Error ? error.message : String(error));
    this.#log.error(`beat: ${this.#what} is away, will try again: ${text}`);
  }

  #over(witness: Witness): void {
    const seconds = Math.round(this.awayMs / 1000);
    if (!this.#missing.delete(witness) || this.#missing.size > 0) return;
    this.#log.info(`beat: ${this.#what} is back after ${seconds} s`);
  }
}
