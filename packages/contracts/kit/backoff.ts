import { realClock } from './real-clock.ts';

export interface BackoffOptions {
  /** Ceiling of the first wait, in ms. It doubles with each attempt. */
  readonly baseMs: number;
  /** Ceiling of every wait, in ms. */
  readonly maxMs: number;
  /** A number in [0, 1); for tests. */
  readonly random?: () => number;
}

/**
 * Exponential backoff with full jitter: each wait is anything between nothing and a ceiling that doubles,
 * so that many clients of one service do not come back in step.
 */
export class Backoff {
  readonly #options: BackoffOptions;
  #attempts = 0;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** Waits begun since the last `reset`. */
  get attempts(): number {
    return this.#attempts;
  }

  /** How long to wait before the next attempt, in ms; counts it. */
  next(): number {
    const { baseMs, maxMs, random = Math.random } = this.#options;
    const ceiling = Math.min(maxMs, baseMs * 2 ** this.#attempts);
    this.#attempts += 1;
    return random() * ceiling;
  }

  /** Wait `next()` ms. Resolves early when the signal aborts; never rejects. */
  wait(signal?: AbortSignal): Promise<void> {
    return realClock.sleep(this.next(), signal);
  }

  /** The attempt succeeded: start again from `baseMs`. */
  reset(): void {
    this.#attempts = 0;
  }
}
