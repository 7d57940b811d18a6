import type { Lock, LockStore } from '@lovage/contracts';
import { LockLost } from '../errors.ts';
import type { Logger } from '../logger/logger.ts';

/** How often in its time a lease is renewed: two renewals may fail before it ends. */
const RENEWALS = 3;
/** After a renewal that the store did not answer. */
const RETRY_MS = 250;

/**
 * Renews a lock until it is ended, and knows when it is no longer sure that it is held: the store said so, or did not
 * answer for as long as the lock lasts. The time is counted from before each request, so that we stop before the store does.
 */
export class Lease {
  readonly #store: LockStore;
  readonly #lock: Lock;
  readonly #ttlMs: number;
  readonly #log: Logger;
  readonly #controller = new AbortController();
  #untilMs: number;
  #renewal: NodeJS.Timeout;
  #deadline: NodeJS.Timeout | undefined;
  #ended = false;

  /** @param fromMs `performance.now()` before the lock was asked for */
  constructor(store: LockStore, lock: Lock, options: { ttlMs: number; fromMs: number; log: Logger }) {
    this.#store = store;
    this.#lock = lock;
    this.#ttlMs = options.ttlMs;
    this.#log = options.log;
    this.#untilMs = options.fromMs + options.ttlMs;
    this.#renewal = setTimeout(() => void this.#renew(), this.#ttlMs / RENEWALS);
    this.#watch();
  }

  /** Aborted with LockLost. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Why it is not held any more; undefined while it is. Also where this process was too busy for its timers. */
  get lost(): LockLost | undefined {
    if (!this.#ended && performance.now() >= this.#untilMs) this.#lose('it was not renewed in time');
    return this.signal.aborted ? (this.signal.reason as LockLost) : undefined;
  }

  /** Renews no more, and frees the lock. Never rejects: a lock that cannot be freed lapses by itself. */
  async end(): Promise<void> {
    const held = this.lost === undefined;
    this.#stop();
    if (!held) return;
    try {
      await this.#store.release(this.#lock);
    } catch (error) {
      const ttlS = this.#ttlMs / 1000;
      this.#log.warn(`cannot free the lock ${this.#lock.name}: it lapses within ${ttlS} s`, { err: error });
    }
  }

  async #renew(): Promise<void> {
    const askedMs = performance.now();
    let waitMs = this.#ttlMs / RENEWALS;
    try {
      const held = await this.#store.renew(this.#lock, this.#ttlMs);
      if (this.#ended) return;
      if (!held) return this.#lose('it lapsed, and somebody else may hold it');
      this.#untilMs = askedMs + this.#ttlMs;
      this.#watch();
    } catch (error) {
      if (this.#ended) return;
      this.#log.warn(`cannot renew the lock ${this.#lock.name} yet`, { err: error });
      waitMs = Math.min(waitMs, RETRY_MS);
    }
    this.#renewal = setTimeout(() => void this.#renew(), waitMs);
  }

  #watch(): void {
    clearTimeout(this.#deadline);
    const leftMs = this.#untilMs - performance.now();
    this.#deadline = setTimeout(() => this.#lose('it could not be renewed in time'), Math.max(0, leftMs));
  }

  #lose(why: string): void {
    this.#stop();
    if (!this.signal.aborted) this.#controller.abort(new LockLost(this.#lock.name, this.#lock.fence, why));
  }

  #stop(): void {
    this.#ended = true;
    clearTimeout(this.#renewal);
    clearTimeout(this.#deadline);
  }
}
