import type { Lock, LockStore } from '@lovage/contracts';
import { withTimeout } from '@lovage/contracts/kit';
import type { BeatClock } from './clock.ts';
import type { Witness } from './outage.ts';

export interface LeaseOptions {
  readonly locks: LockStore;
  /** Who asks, for people who look into the store. */
  readonly owner: string;
  readonly leaseMs: number;
  readonly clock: BeatClock;
  readonly outage: Witness;
}

/** A time in which this beat leads. */
export interface Term {
  readonly fence: number;
  /** False from a little before the lease ends, by this machine's monotonic clock: then nothing may be begun. */
  holds(): boolean;
  /** Aborts when it is over, as soon as that is known. */
  readonly over: AbortSignal;
}

interface Held {
  readonly lock: Lock;
  readonly end: AbortController;
  /** By the monotonic clock. */
  untilMs: number;
}

export const LEASE_NAME = 'lovage-beat';

/** Asks for the lease that makes one of many beats the leader, renews it, and asks again when it is lost. */
export class Lease {
  readonly #options: LeaseOptions;
  readonly #stop = new AbortController();
  #held: Held | undefined;
  #news = Promise.withResolvers<void>();
  #loop: Promise<void> | undefined;
  /** When the store was last asked, and answered, by the monotonic clock. */
  #askedMs: number;

  constructor(options: LeaseOptions) {
    this.#options = options;
    this.#askedMs = options.clock.monotonic();
  }

  start(): void {
    this.#loop = this.#run();
  }

  /** Frees the lease, so that another takes over at once. Does not reject: a lease that cannot be freed expires. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
    const held = this.#held;
    this.#lose();
    if (held) await this.#ask(this.#options.locks.release(held.lock)).catch(() => {});
  }

  get askedMs(): number {
    return this.#askedMs;
  }

  /** The present term; undefined: another leads, or nobody. */
  get term(): Term | undefined {
    return this.#held && this.#termOf(this.#held);
  }

  /** Resolves with the next term, or this one; with undefined when the signal aborts. */
  async next(signal: AbortSignal): Promise<Term | undefined> {
    const tell = () => this.#tell();
    signal.addEventListener('abort', tell);
    try {
      while (!signal.aborted) {
        const { term } = this;
        if (term?.holds()) return term;
        await this.#news.promise;
      }
    } finally {
      signal.removeEventListener('abort', tell);
    }
    return undefined;
  }

  #termOf(held: Held): Term {
    const { clock, leaseMs } = this.#options;
    // What is begun now may take a while to arrive.
    const marginMs = leaseMs / 8;
    return {
      fence: held.lock.fence,
      holds: () => !held.end.signal.aborted && clock.monotonic() < held.untilMs - marginMs,
      over: held.end.signal,
    };
  }

  async #run(): Promise<void> {
    const { clock, leaseMs, outage } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      let waitMs = leaseMs / 8;
      try {
        await (this.#held ? this.#renew(this.#held) : this.#acquire());
        this.#askedMs = clock.monotonic();
        outage.over();
        waitMs = this.#held ? leaseMs / 4 : leaseMs / 8;
        this.#tell();
      } catch (error) {
        if (signal.aborted) break;
        outage.met(error);
      }
      if (this.#held && clock.monotonic() >= this.#held.untilMs) this.#lose();
      await clock.sleep(waitMs, signal);
    }
  }

  async #acquire(): Promise<void> {
    const { locks, owner, leaseMs, clock } = this.#options;
    // The lease runs from some moment after this one.
    const askedMs = clock.monotonic();
    const lock = await this.#ask(locks.acquire(LEASE_NAME, owner, leaseMs));
    if (!lock) return;
    this.#held = { lock, end: new AbortController(), untilMs: askedMs + leaseMs };
  }

  async #renew(held: Held): Promise<void> {
    const { locks, leaseMs, clock } = this.#options;
    const askedMs = clock.monotonic();
    if (await this.#ask(locks.renew(held.lock, leaseMs))) held.untilMs = askedMs + leaseMs;
    else this.#lose();
  }

  #ask<T>(work: Promise<T>): Promise<T> {
    return withTimeout(work, this.#options.leaseMs, 'the store of periodic tasks');
  }

  #lose(): void {
    this.#held?.end.abort();
    this.#held = undefined;
  }

  /** Wakes whoever waits for a term. */
  #tell(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }
}
