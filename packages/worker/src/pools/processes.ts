import { resolve as resolvePath } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ErrorDetails, Pool, PoolJob, PoolOutcome, PoolTraits } from '@lovage/contracts';
import { after } from './after.ts';
import type { Child } from './child.ts';
import { childExecArgv } from './exec-argv.ts';
import { OrphanGuard } from './orphan-guard.ts';
import { checkSize } from './size.ts';
import { Slot, type SlotOwner, type SlotPlan } from './slot.ts';

export interface ProcessPoolOptions {
  /** Children, each with one job at a time. */
  readonly size: number;
  /** The module whose named exports are a PoolEntry: a URL, or a path of a file. Each child imports it. */
  readonly entry: URL | string;
  /** Handed to the entry's `init` in each child. Structured-cloneable. */
  readonly data?: unknown;
  /** A child ends in good order after this many jobs, and another takes its place. Default: it stays. */
  readonly maxTasksPerChild?: number;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Node's flags for the children. Default: those of this process, without its debugger, tests and `--eval`. */
  readonly execArgv?: readonly string[];
  /** A child that is not ready by then is killed and counts as failed. Default 60,000. */
  readonly startTimeoutMs?: number;
  /** A child that takes longer over its entry's `shutdown` is killed. Default 5,000. */
  readonly shutdownTimeoutMs?: number;
  readonly onSpawn?: (pid: number) => void;
  /** `detail` as in a lost outcome: 'exit code 0' is the good end. */
  readonly onExit?: (pid: number, detail: string) => void;
  /**
   * An error that nobody caught ended a child, its `shutdown` threw, or, once the pool was open, its `init` threw or
   * took too long. `pid` is undefined when there was no process. Default: a process warning.
   */
  readonly onError?: (pid: number | undefined, error: ErrorDetails) => void;
}

/**
 * Runs each job in a child process, one at a time: nothing a job does harms another, and any can be ended.
 *
 * Children share this process's standard output and error, take no notice of SIGINT, SIGTERM, SIGHUP and SIGQUIT
 * (a terminal or service manager sends those to all; this process decides), and end with this process, however it ends.
 * A killed job's child is replaced at once; its slot counts as busy until the next child is ready.
 *
 * @throws RangeError when `size` is not a whole number or `maxTasksPerChild` is not one from 1.
 * @throws DataCloneError when `data` cannot be cloned.
 */
export function processPool(options: ProcessPoolOptions): Pool {
  return new ProcessPool(options);
}

interface Waiting {
  readonly job: PoolJob;
  readonly resolve: (outcome: PoolOutcome) => void;
  asked: boolean;
}

class ProcessPool implements Pool {
  readonly traits: PoolTraits = { canKill: true, isolated: true };
  readonly #options: ProcessPoolOptions;
  readonly #plan: SlotPlan;
  readonly #slots = new Set<Slot>();
  /** Those that can take a job. The last one is taken first: its caches are warm. */
  #idle: Slot[] = [];
  /** Jobs that came when no slot was free, because a child had just died: rare, and not to be lost. */
  #waiting: Waiting[] = [];
  /** Every process that has not exited, also those that left their slot. */
  readonly #alive = new Set<Child>();
  /** Children so far, those that are gone included. */
  #spawned = 0;
  readonly #onFree: (() => void)[] = [];
  #onEmpty: (() => void)[] = [];
  #size: number;
  #guard: OrphanGuard | undefined;
  #opening: Promise<void> | undefined;
  #isOpen = false;
  #closing = false;

  constructor(options: ProcessPoolOptions) {
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

  get pids(): readonly number[] {
    return [...this.#slots].map((slot) => slot.pid).filter((pid) => pid !== undefined);
  }

  open(): Promise<void> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  async #open(): Promise<void> {
    this.#guard = new OrphanGuard();
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
        resolve({ kind: 'lost', reason: 'killed', detail: 'the pool is closed' });
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
    this.#guard?.close();
  }

  onFree(callback: () => void): void {
    this.#onFree.push(callback);
  }

  #addSlots(): Promise<void>[] {
    const started: Promise<void>[] = [];
    while (this.#slots.size < this.#size) {
      const slot = new Slot(this.#plan, this.#owner);
      this.#slots.add(slot);
      started.push(slot.started);
    }
    return started;
  }

  #drop(slot: Slot): void {
    this.#slots.delete(slot);
    this.#idle = this.#idle.filter((each) => each !== slot);
    slot.close();
  }

  #giveUp(waiting: Waiting, detail: string): void {
    this.#waiting = this.#waiting.filter((each) => each !== waiting);
    waiting.resolve({ kind: 'lost', reason: 'killed', detail });
  }

  readonly #owner: SlotOwner = {
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

    onSpawn: (child) => {
      this.#alive.add(child);
      this.#guard?.watch(this.#alivePids());
      if (child.pid !== undefined) this.#options.onSpawn?.(child.pid);
    },

    onFault: (child, error) => {
      // Until it is open, `open` rejects with it.
      if (!this.#isOpen) return;
      if (this.#options.onError) this.#options.onError(child.pid, error);
      else
        process.emitWarning(`pool child ${child.pid}: ${error.stack ?? `${error.name}: ${error.message}`}`);
    },

    onExit: (child, { detail }) => {
      this.#alive.delete(child);
      this.#guard?.watch(this.#alivePids());
      if (child.pid !== undefined) this.#options.onExit?.(child.pid, detail);
      if (this.#alive.size > 0) return;
      const waiting = this.#onEmpty;
      this.#onEmpty = [];
      for (const resolve of waiting) resolve();
    },
  };

  #alivePids(): number[] {
    return [...this.#alive].map((child) => child.pid).filter((pid) => pid !== undefined);
  }
}

function slotPlan(options: ProcessPoolOptions): SlotPlan {
  const { entry, data, maxTasksPerChild, env, execArgv } = options;
  const { startTimeoutMs = 60_000, shutdownTimeoutMs = 5000 } = options;
  if (maxTasksPerChild !== undefined && !(Number.isInteger(maxTasksPerChild) && maxTasksPerChild >= 1)) {
    throw new RangeError(`maxTasksPerChild must be a whole number from 1, not ${maxTasksPerChild}`);
  }
  // Now, where the caller can see it, rather than at the first fork.
  structuredClone(data);
  return {
    entry: entryUrl(entry),
    data,
    maxTasksPerChild,
    execArgv: execArgv ?? childExecArgv(),
    env: { ...process.env, ...env },
    startTimeoutMs,
    shutdownTimeoutMs,
  };
}

function entryUrl(entry: URL | string): string {
  if (entry instanceof URL) return entry.href;
  return entry.startsWith('file:') ? entry : pathToFileURL(resolvePath(entry)).href;
}
