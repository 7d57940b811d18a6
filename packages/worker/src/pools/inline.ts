import type { Pool, PoolEntry, PoolJob, PoolOutcome, PoolTraits } from '@lovage/contracts';
import { TimeLimit } from '@lovage/contracts';
import { after } from './after.ts';
import { errorDetails } from './error-details.ts';
import { JobContext } from './job-context.ts';
import { checkSize } from './size.ts';
import { TimeLimits } from './time-limits.ts';

export interface InlinePoolOptions {
  /** Jobs at once. */
  readonly size: number;
  readonly entry: PoolEntry;
  /** Handed to the entry's `init`. */
  readonly data?: unknown;
}

/**
 * Runs jobs on this event loop, many at a time: for work that waits more than it computes.
 *
 * No code can be ended here. A job that is killed, or whose hard limit has passed, is given up: its signal is
 * aborted, its outcome is `lost` and its slot is free, but its code may go on. What it still says is dropped.
 *
 * @throws RangeError when `size` is not a whole number.
 */
export function inlinePool(options: InlinePoolOptions): Pool {
  return new InlinePool(options);
}

class InlinePool implements Pool {
  readonly traits: PoolTraits = { canKill: false, isolated: false };
  readonly pids: readonly number[] = [];
  readonly #entry: PoolEntry;
  readonly #data: unknown;
  readonly #running = new Map<string, RunningJob>();
  readonly #onFree: (() => void)[] = [];
  #size: number;
  #opened: Promise<void> | undefined;
  #closing = false;
  #closed: Promise<void> | undefined;
  #onEmpty: (() => void)[] = [];

  constructor({ size, entry, data }: InlinePoolOptions) {
    this.#size = checkSize(size);
    this.#entry = entry;
    this.#data = data;
  }

  get size(): number {
    return this.#size;
  }

  get busy(): number {
    return this.#running.size;
  }

  open(): Promise<void> {
    this.#opened ??= (async () => this.#entry.init?.(this.#data, { number: 1 }))();
    return this.#opened;
  }

  run(job: PoolJob): Promise<PoolOutcome> {
    return new Promise((resolve) => {
      if (this.#closing) {
        resolve({ kind: 'lost', reason: 'withdrawn', detail: 'the pool is closed' });
        return;
      }
      const running = new RunningJob(job, resolve, this.#ended);
      this.#running.set(job.id, running);
      running.start(this.#entry);
    });
  }

  stop(jobId: string, how: 'ask' | 'kill'): boolean {
    const running = this.#running.get(jobId);
    if (!running) return false;
    if (how === 'ask') running.context.abort();
    else running.giveUp('killed', 'killed on request');
    return true;
  }

  async resize(size: number): Promise<void> {
    const grows = checkSize(size) > this.#size;
    this.#size = size;
    if (grows) this.#tellFree();
  }

  async restart(): Promise<void> {}

  async close(graceMs: number): Promise<void> {
    this.#closing = true;
    const patience = after(graceMs, () => this.#giveUpAll());
    if (graceMs <= 0) this.#giveUpAll();
    if (this.#running.size > 0) await new Promise<void>((resolve) => this.#onEmpty.push(resolve));
    clearTimeout(patience);
    this.#closed ??= (async () => {
      if (this.#opened) await this.#entry.shutdown?.();
    })();
    await this.#closed;
  }

  onFree(callback: () => void): void {
    this.#onFree.push(callback);
  }

  #giveUpAll(): void {
    for (const running of [...this.#running.values()]) running.giveUp('killed', 'the pool was closed');
  }

  readonly #ended = (job: PoolJob): void => {
    this.#running.delete(job.id);
    this.#tellFree();
    if (this.#running.size > 0) return;
    const waiting = this.#onEmpty;
    this.#onEmpty = [];
    for (const resolve of waiting) resolve();
  };

  #tellFree(): void {
    for (const callback of this.#onFree) callback();
  }
}

/** From `run` to its outcome, which is the first of: it returned, it threw, it was given up. */
class RunningJob {
  readonly context: JobContext;
  readonly #job: PoolJob;
  readonly #limits: TimeLimits | undefined;
  readonly #resolve: (outcome: PoolOutcome) => void;
  readonly #onEnd: (job: PoolJob) => void;
  #ended = false;

  constructor(job: PoolJob, resolve: (outcome: PoolOutcome) => void, onEnd: (job: PoolJob) => void) {
    this.#job = job;
    this.#resolve = resolve;
    this.#onEnd = onEnd;
    this.context = new JobContext(job.id, job.onReport);
    this.#limits = TimeLimits.for(job, {
      soft: (softMs) => this.context.abort(new TimeLimit('soft', softMs)),
      hard: (detail) => this.giveUp('time-limit', detail),
    });
  }

  start(entry: PoolEntry): void {
    this.#job.onStart?.(process.pid);
    const threw = (error: unknown) => this.#end({ kind: 'threw', error: errorDetails(error) });
    try {
      entry
        .run(this.#job.input, this.context)
        .then((output) => this.#end({ kind: 'returned', output }), threw);
    } catch (error) {
      threw(error);
    }
  }

  giveUp(reason: 'time-limit' | 'killed', detail: string): void {
    this.#end({ kind: 'lost', reason, detail });
    // Last, so that nothing the job does about it comes before its outcome.
    this.context.abort();
  }

  #end(outcome: PoolOutcome): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#limits?.clear();
    this.context.end();
    this.#resolve(outcome);
    this.#onEnd(this.#job);
  }
}
