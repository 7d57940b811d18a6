import type { ResourceLimits } from 'node:worker_threads';
import type { ErrorDetails, Pool, PoolJob, PoolOutcome, PoolTraits } from '@lovage/contracts';
import { after } from './after.ts';
import { entryUrl } from './entry-url.ts';
import { checkMaximum, checkSize } from './size.ts';
import type { Thread } from './thread.ts';
import { ThreadSlot, type ThreadSlotOwner, type ThreadSlotPlan } from './thread-slot.ts';

export interface ThreadPoolOptions {
  /** Threads, each with one job at a time. */
  readonly size: number;
  /** The module whose named exports are a PoolEntry: a URL, or a path of a file. Each thread imports it. */
  readonly entry: URL | string;
  /** Handed to the entry's `init` in each thread. Structured-cloneable. */
  readonly data?: unknown;
  /** A thread ends in good order after this many jobs, and another takes its place. Default: it stays. */
  readonly maxTasksPerChild?: number;
  /** KiB of heap and buffers with which a thread ends in good order after its job. Default: it stays. */
  readonly maxMemoryPerChildKib?: number;
  /**
   * The heap that ends a thread at once, its job lost: an endless list does not take the machine along.
   * Default: V8's own, at most 4 GiB a thread. Buffers are not part of it.
   */
  readonly resourceLimits?: ResourceLimits;
  /** A thread that is not ready by then is ended and counts as failed. Default 60,000. */
  readonly startTimeoutMs?: number;
  /** A thread that takes longer over its entry's `shutdown` is ended. Default 5,000. */
  readonly shutdownTimeoutMs?: number;
  readonly onSpawn?: (number: number) => void;
  /** `detail` as in a lost outcome: 'exit code 0' is the good end. */
  readonly onExit?: (number: number, detail: string) => void;
  /**
   * An error that nobody caught ended a thread, its `shutdown` threw, or, once the pool was open, its `init` threw or
   * took too long. Default: a process warning.
   */
  readonly onError?: (number: number, error: ErrorDetails) => void;
}

/**
 * Runs each job in a thread of this process, one at a time, each thread with its own modules and its own heap:
 * a job that computes holds up no other, and any can be ended, also one that spins.
 *
 * What ends a thread and no more: an error that nobody caught, `process.exit()`, a full heap, the hard limit.
 * What ends the whole process all the same: a crash in native code (an addon, `process.kill(process.pid)`),
 * and more memory than the machine has; where that may happen, take processes. A thread that is deep in native code
 * ends when it comes back from there. Working directory, `umask` and process id are the process's; the environment is
 * a copy, and signals reach the main thread only.
 *
 * @throws RangeError when `size` is not a whole number, or a maximum makes no sense.
 * @throws DataCloneError when `data` cannot be cloned.
 */
export function threadPool(options: ThreadPoolOptions): Pool {
  return new ThreadPool(options);
}

interface Waiting {
  readonly job: PoolJob;
  readonly resolve: (outcome: PoolOutcome) => void;
  asked: boolean;
}

class ThreadPool implements Pool {
  readonly traits: PoolTraits = { canKill: true, isolated: true };
  readonly pids: readonly number[] = [];
  readonly #options: ThreadPoolOptions;
  readonly #plan: ThreadSlotPlan;
  readonly #slots = new Set<ThreadSlot>();
  /** Those that can take a job. The last one is taken first: its caches are warm. */
  #idle: ThreadSlot[] = [];
  /** Jobs that came when no slot was free, because a thread had just ended: rare, and not to be lost. */
  #waiting: Waiting[] = [];
  /** Every thread that has not exited, also those that left their slot. */
  readonly #alive = new Set<Thread>();
  /** Threads so far, those that are gone included. */
  #spawned = 0;
  readonly #onFree: (() => void)[] = [];
  #onEmpty: (() => void)[] = [];
  #size: number;
  #opening: Promise<void> | undefined;
  #isOpen = false;
  #closing = false;

  constructor(options: ThreadPoolOptions) {
    this.#options = options;
    this.#size = checkSize(options.size);
    this.#plan = slotPlan(options);
  }

  get size(): number {
    return this.#size;
  }

  get busy(): number {
    return this.#slots.size - this.#idle.length;
  }

  open(): Promise<void> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  async #open(): Promise<void> {
    try {
      await Promise.all(this.#addSlots());
      if (this.#closing) throw new Error('the pool was closed before it was open');
      this.#isOpen = true;
    } catch (error) {
      await this.close(0);
      throw error;
    }
  }

  run(job: PoolJob): Promise<PoolOutcome> {
    return new Promise((resolve) => {
      if (this.#closing) {
        resolve({ kind: 'lost', reason: 'withdrawn', detail: 'the pool is closed' });
        return;
      }
      const slot = this.#idle.pop();
      if (slot) slot.run(job, resolve);
      else this.#waiting.push({ job, resolve, asked: false });
    });
  }

  stop(jobId: string, how: 'ask' | 'kill'): boolean {
    for (const slot of this.#slots) {
      if (slot.jobId !== jobId) continue;
      if (how === 'ask') slot.ask();
      else slot.kill('killed', 'killed on request');
      return true;
    }
    const waiting = this.#waiting.find(({ job }) => job.id === jobId);
    if (!waiting) return false;
    if (how === 'ask') waiting.asked = true;
    else this.#giveUp(waiting, 'killed on request');
    return true;
  }

  /** Resolves when added slots are ready, or have failed to be at the first attempt. */
  async resize(size: number): Promise<void> {
    this.#size = checkSize(size);
    if (!this.#opening || this.#closing) return;
    const surplus = [...this.#slots]
      .filter((slot) => slot.jobId === undefined)
      .sort((a, b) => Number(a.ready) - Number(b.ready))
      .slice(0, Math.max(0, this.#slots.size - size));
    for (const slot of surplus) this.#drop(slot);
    await Promise.allSettled(this.#addSlots());
  }

  /** Resolves when each slot has a fresh thread that is ready, or failed to be at the first attempt. */
  async restart(): Promise<void> {
    if (this.#closing) return;
    await Promise.all([...this.#slots].map((slot) => slot.renew()));
  }

  async close(graceMs: number): Promise<void> {
    this.#closing = true;
    for (const waiting of [...this.#waiting]) this.#giveUp(waiting, 'the pool was closed');
    for (const slot of this.#slots) if (slot.jobId === undefined) this.#drop(slot);
    const dropAll = () => {
      for (const slot of this.#slots) this.#drop(slot);
    };
    const patience = after(graceMs, dropAll);
    if (graceMs <= 0) dropAll();
    if (this.#alive.size > 0) await new Promise<void>((resolve) => this.#onEmpty.push(resolve));
    clearTimeout(patience);
  }

  onFree(callback: () => void): void {
    this.#onFree.push(callback);
  }

  #addSlots(): Promise<void>[] {
    const started: Promise<void>[] = [];
    while (this.#slots.size < this.#size) {
      const slot = new ThreadSlot(this.#plan, this.#owner);
      this.#slots.add(slot);
      started.push(slot.started);
    }
    return started;
  }

  #drop(slot: ThreadSlot): void {
    this.#slots.delete(slot);
    this.#idle = this.#idle.filter((each) => each !== slot);
    slot.close();
  }

  #giveUp(waiting: Waiting, detail: string): void {
    this.#waiting = this.#waiting.filter((each) => each !== waiting);
    waiting.resolve({ kind: 'lost', reason: 'killed', detail });
  }

  readonly #owner: ThreadSlotOwner = {
    onFree: (slot) => {
      if (this.#closing || this.#slots.size > this.#size) {
        this.#drop(slot);
        return;
      }
      const next = this.#waiting.shift();
      if (next) {
        slot.run(next.job, next.resolve);
        if (next.asked) slot.ask();
        return;
      }
      this.#idle.push(slot);
      for (const callback of this.#onFree) callback();
    },

    replaces: (slot) => {
      this.#idle = this.#idle.filter((each) => each !== slot);
      if (!this.#closing && this.#slots.size <= this.#size) return true;
      this.#slots.delete(slot);
      return false;
    },

    nextNumber: () => {
      this.#spawned += 1;
      return this.#spawned;
    },

    onSpawn: (thread) => {
      this.#alive.add(thread);
      this.#options.onSpawn?.(thread.number);
    },

    onFault: (thread, error) => {
      // Until it is open, `open` rejects with it.
      if (!this.#isOpen) return;
      if (this.#options.onError) this.#options.onError(thread.number, error);
      else {
        const text = error.stack ?? `${error.name}: ${error.message}`;
        process.emitWarning(`pool thread ${thread.number}: ${text}`);
      }
    },

    onExit: (thread, { detail }) => {
      this.#alive.delete(thread);
      this.#options.onExit?.(thread.number, detail);
      if (this.#alive.size > 0) return;
      const waiting = this.#onEmpty;
      this.#onEmpty = [];
      for (const resolve of waiting) resolve();
    },
  };
}

function slotPlan(options: ThreadPoolOptions): ThreadSlotPlan {
  const { entry, data, maxTasksPerChild, maxMemoryPerChildKib, resourceLimits } = options;
  const { startTimeoutMs = 60_000, shutdownTimeoutMs = 5000 } = options;
  checkMaximum('maxTasksPerChild', maxTasksPerChild);
  checkMaximum('maxMemoryPerChildKib', maxMemoryPerChildKib);
  // Now, where the caller can see it, rather than when the first thread starts.
  structuredClone(data);
  return {
    entry: entryUrl(entry),
    data,
    maxTasksPerChild,
    memoryLimitKib: maxMemoryPerChildKib,
    resourceLimits,
    startTimeoutMs,
    shutdownTimeoutMs,
  };
}
