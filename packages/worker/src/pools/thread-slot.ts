import type { PoolJob, PoolOutcome } from '@lovage/contracts';
import { errorDetails, errorFromDetails } from './error-details.ts';
import {
  type FromJob,
  Thread,
  type ThreadEnd,
  type ThreadKeeper,
  type ThreadPlan,
  type ThreadUser,
} from './thread.ts';
import { TimeLimits } from './time-limits.ts';

/** Waits between attempts to start a thread that dies before it does any work: doubled each time. */
const FIRST_REST_MS = 100;
const LONGEST_REST_MS = 10_000;

export interface ThreadSlotPlan extends ThreadPlan {
  readonly maxTasksPerChild: number | undefined;
}

export interface ThreadSlotOwner extends ThreadKeeper {
  /** For the next thread of the pool. */
  nextNumber(): number;
  onSpawn(thread: Thread): void;
  /** The slot can take a job. */
  onFree(slot: ThreadSlot): void;
  /** The slot has no thread any more. False: it is not wanted any more either, and stays without. */
  replaces(slot: ThreadSlot): boolean;
}

interface Running {
  readonly job: PoolJob;
  readonly resolve: (outcome: PoolOutcome) => void;
  readonly limits: TimeLimits | undefined;
}

/**
 * One place in the pool with a thread in it: when a thread ends, the next one starts.
 *
 * States: starting → free → running → free …, and from any of them back to starting, with another thread.
 * A thread that died before it was given a job is followed by a rest, so that a broken entry does not become
 * a storm of starts.
 */
export class ThreadSlot implements ThreadUser {
  /** Resolves when the first thread is ready or the slot was closed, rejects with why the first did not start. */
  readonly started: Promise<void>;
  readonly #first = Promise.withResolvers<void>();
  readonly #plan: ThreadSlotPlan;
  readonly #owner: ThreadSlotOwner;
  #thread: Thread | undefined;
  #ready = false;
  #running: Running | undefined;
  /** Jobs given to the present thread. */
  #jobs = 0;
  /** Threads in a row that died before they were given a job. */
  #failures = 0;
  #rest: NodeJS.Timeout | undefined;
  /** Those who wait for a thread younger than the present one. */
  #renewal: PromiseWithResolvers<void> | undefined;
  /** The present thread was there when it was asked for another. */
  #outdated = false;

  constructor(plan: ThreadSlotPlan, owner: ThreadSlotOwner) {
    this.#plan = plan;
    this.#owner = owner;
    this.started = this.#first.promise;
    // Only `open` cares; a slot added later simply tries again.
    this.started.catch(() => {});
    this.#spawn();
  }

  /** Its thread can take jobs, or is at one. */
  get ready(): boolean {
    return this.#ready;
  }

  get jobId(): string | undefined {
    return this.#running?.job.id;
  }

  /** For a slot that is free. */
  run(job: PoolJob, resolve: (outcome: PoolOutcome) => void): void {
    try {
      this.#thread!.send({ kind: 'run', id: job.id, input: job.input });
    } catch (error) {
      // The input cannot be cloned; the thread never saw it.
      resolve({ kind: 'threw', error: errorDetails(error) });
      this.#owner.onFree(this);
      return;
    }
    this.#jobs += 1;
    this.#failures = 0;
    const limits = TimeLimits.for(job, {
      soft: (softMs) => this.#thread?.send({ kind: 'stop', softMs }),
      hard: (detail) => this.kill('time-limit', detail),
    });
    this.#running = { job, resolve, limits };
    job.onStart?.(process.pid);
  }

  /** Aborts the signal of the running job. */
  ask(): void {
    this.#thread?.send({ kind: 'stop' });
  }

  /** Ends the running job by ending its thread. */
  kill(reason: 'time-limit' | 'killed', detail: string): void {
    this.#thread?.kill();
    this.#replace();
    this.#finish({ kind: 'lost', reason, detail });
  }

  /** Another thread instead of this one, once it has no job. Resolves when that one is ready, or has failed to be. */
  renew(): Promise<void> {
    this.#renewal ??= Promise.withResolvers();
    const { promise } = this.#renewal;
    // Between two attempts the next thread is a fresh one anyway.
    if (!this.#thread) return promise;
    this.#outdated = true;
    if (!this.#running) this.#retire();
    return promise;
  }

  /** For good: a thread without a job ends in good order, any other is killed and its job lost. */
  close(): void {
    clearTimeout(this.#rest);
    this.#leave();
    this.#first.resolve();
    this.#renewed();
    this.#finish({ kind: 'lost', reason: 'killed', detail: 'the pool was closed' });
  }

  onReady(): void {
    this.#ready = true;
    this.#first.resolve();
    this.#renewed();
    this.#owner.onFree(this);
  }

  onMessage(message: FromJob): void {
    if (message.kind === 'report') {
      this.#running?.job.onReport?.(message.report);
      return;
    }
    const { full, ...outcome } = message;
    this.#finish(outcome);
    const { maxTasksPerChild = Infinity } = this.#plan;
    if (full || this.#outdated || this.#jobs >= maxTasksPerChild) this.#retire();
    else this.#owner.onFree(this);
  }

  onLost({ detail, error }: ThreadEnd): void {
    this.#first.reject(error ? errorFromDetails(error) : new Error(`a thread ended at start: ${detail}`));
    if (!this.#outdated) this.#renewed();
    if (this.#jobs > 0) {
      this.#replace();
    } else {
      this.#replace(Math.min(FIRST_REST_MS * 2 ** this.#failures, LONGEST_REST_MS));
      this.#failures += 1;
    }
    this.#finish({ kind: 'lost', reason: 'crashed', detail });
  }

  /** The next thread starts while this one shuts down: neither waits for the other. */
  #retire(): void {
    this.#leave();
    this.#replace();
  }

  #leave(): void {
    if (this.#ready && !this.#running) this.#thread?.end();
    else this.#thread?.kill();
    this.#thread = undefined;
    this.#ready = false;
  }

  #replace(restMs = 0): void {
    this.#thread = undefined;
    this.#ready = false;
    this.#outdated = false;
    if (!this.#owner.replaces(this)) this.#renewed();
    else if (restMs === 0) this.#spawn();
    else this.#rest = setTimeout(() => this.#spawn(), restMs);
  }

  #renewed(): void {
    this.#renewal?.resolve();
    this.#renewal = undefined;
  }

  #spawn(): void {
    this.#jobs = 0;
    try {
      this.#thread = new Thread(this.#plan, this.#owner.nextNumber(), this, this.#owner);
    } catch (error) {
      // No memory for another thread. It is the same to us as one that dies at once.
      this.onLost({ detail: `cannot start a thread: ${String(error)}`, error: errorDetails(error) });
      return;
    }
    this.#owner.onSpawn(this.#thread);
  }

  #finish(outcome: PoolOutcome): void {
    const running = this.#running;
    if (!running) return;
    this.#running = undefined;
    running.limits?.clear();
    running.resolve(outcome);
  }
}
