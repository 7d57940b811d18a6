import type { PoolJob, PoolOutcome } from '@lovage/contracts';
import {
  Child,
  type ChildEnd,
  type ChildKeeper,
  type ChildPlan,
  type ChildUser,
  type FromJob,
} from './child.ts';
import { errorDetails, errorFromDetails } from './error-details.ts';
import { TimeLimits } from './time-limits.ts';

/** Waits between attempts to start a child that dies before it does any work: doubled each time. */
const FIRST_REST_MS = 100;
const LONGEST_REST_MS = 10_000;

export interface SlotPlan extends ChildPlan {
  readonly maxTasksPerChild: number | undefined;
}

export interface SlotOwner extends ChildKeeper {
  /** For the next child of the pool. */
  nextNumber(): number;
  onSpawn(child: Child): void;
  /** The slot can take a job. */
  onFree(slot: Slot): void;
  /** The slot has no child any more. False: it is not wanted any more either, and stays without. */
  replaces(slot: Slot): boolean;
}

interface Running {
  readonly job: PoolJob;
  readonly resolve: (outcome: PoolOutcome) => void;
  readonly limits: TimeLimits | undefined;
}

/**
 * One place in the pool with a child in it: when a child ends, the next one starts.
 *
 * States: starting → free → running → free …, and from any of them back to starting, with another child.
 * A child that died before it was given a job is followed by a rest, so that a broken entry does not become
 * a storm of forks.
 */
export class Slot implements ChildUser {
  /** Resolves when the first child is ready or the slot was closed, rejects with why the first child did not start. */
  readonly started: Promise<void>;
  readonly #first = Promise.withResolvers<void>();
  readonly #plan: SlotPlan;
  readonly #owner: SlotOwner;
  #child: Child | undefined;
  #ready = false;
  #running: Running | undefined;
  /** Jobs given to the present child. */
  #jobs = 0;
  /** Children in a row that died before they were given a job. */
  #failures = 0;
  #rest: NodeJS.Timeout | undefined;

  constructor(plan: SlotPlan, owner: SlotOwner) {
    this.#plan = plan;
    this.#owner = owner;
    this.started = this.#first.promise;
    // Only `open` cares; a slot added later simply tries again.
    this.started.catch(() => {});
    this.#spawn();
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Its child can take jobs, or is at one. */
  get ready(): boolean {
    return this.#ready;
  }

  get jobId(): string | undefined {
    return this.#running?.job.id;
  }

  /** For a slot that is free. */
  run(job: PoolJob, resolve: (outcome: PoolOutcome) => void): void {
    try {
      this.#child!.send({ kind: 'run', id: job.id, input: job.input });
    } catch (error) {
      // The input cannot be cloned; the child never saw it.
      resolve({ kind: 'threw', error: errorDetails(error) });
      this.#owner.onFree(this);
      return;
    }
    this.#jobs += 1;
    this.#failures = 0;
    const limits = TimeLimits.for(job, {
      soft: (softMs) => this.#child?.send({ kind: 'stop', softMs }),
      hard: (detail) => this.kill('time-limit', detail),
    });
    this.#running = { job, resolve, limits };
  }

  /** Aborts the signal of the running job. */
  ask(): void {
    this.#child?.send({ kind: 'stop' });
  }

  /** Ends the running job by ending its child. */
  kill(reason: 'time-limit' | 'killed', detail: string): void {
    this.#child?.kill();
    this.#replace();
    this.#finish({ kind: 'lost', reason, detail });
  }

  /** For good: a child without a job ends in good order, any other is killed and its job lost. */
  close(): void {
    clearTimeout(this.#rest);
    if (this.#ready && !this.#running) this.#child?.end();
    else this.#child?.kill();
    this.#child = undefined;
    this.#ready = false;
    this.#first.resolve();
    this.#finish({ kind: 'lost', reason: 'killed', detail: 'the pool was closed' });
  }

  onReady(): void {
    this.#ready = true;
    this.#first.resolve();
    this.#owner.onFree(this);
  }

  onMessage(message: FromJob): void {
    if (message.kind === 'report') {
      this.#running?.job.onReport?.(message.report);
      return;
    }
    this.#finish(message);
    const { maxTasksPerChild } = this.#plan;
    if (maxTasksPerChild !== undefined && this.#jobs >= maxTasksPerChild) {
      // The next one starts while this one shuts down: neither waits for the other.
      this.#child?.end();
      this.#replace();
    } else {
      this.#owner.onFree(this);
    }
  }

  onLost({ detail, error }: ChildEnd): void {
    this.#first.reject(error ? errorFromDetails(error) : new Error(`a child ended at start: ${detail}`));
    if (this.#jobs > 0) {
      this.#replace();
    } else {
      this.#replace(Math.min(FIRST_REST_MS * 2 ** this.#failures, LONGEST_REST_MS));
      this.#failures += 1;
    }
    this.#finish({ kind: 'lost', reason: 'crashed', detail });
  }

  #replace(restMs = 0): void {
    this.#child = undefined;
    this.#ready = false;
    if (!this.#owner.replaces(this)) return;
    if (restMs === 0) this.#spawn();
    else this.#rest = setTimeout(() => this.#spawn(), restMs);
  }

  #spawn(): void {
    this.#jobs = 0;
    try {
      this.#child = new Child(this.#plan, this.#owner.nextNumber(), this, this.#owner);
    } catch (error) {
      // No memory for another process. It is the same to us as one that dies at once.
      this.onLost({ detail: `cannot start a process: ${String(error)}`, error: errorDetails(error) });
      return;
    }
    this.#owner.onSpawn(this.#child);
  }

  #finish(outcome: PoolOutcome): void {
    const running = this.#running;
    if (!running) return;
    this.#running = undefined;
    running.limits?.clear();
    running.resolve(outcome);
  }
}
