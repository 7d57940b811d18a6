import type { Pool, PoolAhead, PoolJob, PoolOutcome, PoolTraits } from '@lovage/contracts';
import { after } from './after.ts';
import { Child, type ChildPlan } from './child.ts';
import { OrphanGuard } from './orphan-guard.ts';
import { PermitStore } from './permits.ts';
import { childPlan, type ProcessPoolOptions } from './process-options.ts';
import { checkSize } from './size.ts';
import { Slot, type SlotOwner } from './slot.ts';
import { Spare } from './spare.ts';
import { Ticket } from './ticket.ts';
import { Turns } from './turns.ts';

export type { ProcessPoolOptions } from './process-options.ts';

/** Jobs that may wait for each slot: with the running one as many as Celery's prefetch multiplier lets a worker hold. */
const AHEAD_PER_SLOT = 3;

/**
 * Runs each job in a child process, one at a time: nothing a job does harms another, and any can be ended.
 *
 * Children share this process's standard output and error, take no notice of SIGINT, SIGTERM, SIGHUP and SIGQUIT
 * (a terminal or service manager sends those to all; this process decides), and end with this process, however it ends.
 * A killed job's child is replaced at once; its slot counts as busy until the next child is ready.
 *
 * @throws RangeError when `size` is not a whole number, or a maximum makes no sense.
 * @throws DataCloneError when `data` cannot be cloned.
 */
export function processPool(options: ProcessPoolOptions): Pool {
  return new ProcessPool(options);
}

class ProcessPool implements Pool {
  readonly traits: PoolTraits = { canKill: true, isolated: true };
  readonly ahead: PoolAhead;
  readonly #options: ProcessPoolOptions;
  readonly #plan: ChildPlan;
  readonly #slots = new Set<Slot>();
  readonly #turns: Turns;
  readonly #permits = new PermitStore();
  /** Where children are replaced often. */
  readonly #spare: Spare | undefined;
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
    this.#plan = childPlan(options);
    this.#turns = new Turns(this.#slots, () => this.#slots.size <= this.#size);
    this.ahead = placesAhead(this, this.#turns);
    const replaces = options.maxTasksPerChild ?? options.maxMemoryPerChildKib;
    if (replaces !== undefined) this.#spare = new Spare(() => this.#start());
  }

  get size(): number {
    return this.#size;
  }

  get busy(): number {
    return this.#slots.size - this.#turns.idle;
  }

  get pids(): readonly number[] {
    return [...this.#slots].map((slot) => slot.pid).filter((pid) => pid !== undefined);
  }

  get begun(): ReadonlyMap<number, number> {
    const begun = new Map<number, number>();
    for (const slot of this.#slots) if (slot.pid !== undefined) begun.set(slot.pid, slot.begun);
    return begun;
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
      if (this.#closing) resolve({ kind: 'lost', reason: 'withdrawn', detail: 'the pool is closed' });
      else this.#turns.add(new Ticket(job, resolve));
    });
  }

  stop(jobId: string, how: 'ask' | 'kill'): boolean {
    for (const slot of this.#slots) {
      if (slot.running?.job.id !== jobId) continue;
      if (how === 'ask') slot.ask();
      else slot.kill('killed', 'killed on request');
      return true;
    }
    const ticket = this.#turns.find(jobId);
    if (!ticket) return false;
    if (how === 'ask') ticket.asked = true;
    else if (this.#turns.remove(ticket)) ticket.end(KILLED);
    else ticket.condemned = KILLED.detail;
    return true;
  }

  /** Resolves when added slots are ready, or have failed to be at the first attempt. */
  async resize(size: number): Promise<void> {
    this.#size = checkSize(size);
    if (!this.#opening || this.#closing) return;
    const surplus = [...this.#slots]
      .filter((slot) => slot.running === undefined)
      .sort((a, b) => Number(a.ready) - Number(b.ready))
      .slice(0, Math.max(0, this.#slots.size - size));
    for (const slot of surplus) this.#drop(slot);
    if (this.#slots.size > size) this.#turns.recall();
    await Promise.allSettled(this.#addSlots());
  }

  /** Resolves when each slot has a fresh child that is ready, or failed to be at the first attempt. */
  async restart(): Promise<void> {
    if (this.#closing) return;
    this.#spare?.close();
    await Promise.all([...this.#slots].map((slot) => slot.renew()));
  }

  async close(graceMs: number): Promise<void> {
    this.#closing = true;
    this.#spare?.close();
    this.#giveUp(this.#turns.removeAll());
    for (const slot of this.#slots) if (slot.running === undefined) this.#drop(slot);
    const dropAll = () => {
      for (const slot of this.#slots) this.#drop(slot);
    };
    const patience = after(graceMs, dropAll);
    if (graceMs <= 0) dropAll();
    if (this.#alive.size > 0) await new Promise<void>((resolve) => this.#onEmpty.push(resolve));
    clearTimeout(patience);
    this.#permits.close();
    this.#guard?.close();
  }

  onFree(callback: () => void): void {
    this.#onFree.push(callback);
  }

  #addSlots(): Promise<void>[] {
    const started: Promise<void>[] = [];
    while (this.#slots.size < this.#size) {
      const slot = new Slot(this.#options.maxTasksPerChild, this.#owner);
      this.#slots.add(slot);
      started.push(slot.started);
    }
    return started;
  }

  #drop(slot: Slot): void {
    this.#slots.delete(slot);
    this.#turns.leave(slot);
    slot.close();
  }

  #start(): Child {
    this.#spawned += 1;
    const child = new Child(this.#plan, this.#spawned, this.#permits, this.#owner);
    this.#alive.add(child);
    this.#guard?.watch(this.#alivePids());
    if (child.pid !== undefined) this.#options.onSpawn?.(child.pid);
    return child;
  }

  #giveUp(tickets: readonly Ticket[]): void {
    for (const ticket of tickets) ticket.end(WITHDRAWN);
  }

  #tellFree(): void {
    for (const callback of this.#onFree) callback();
  }

  readonly #owner: SlotOwner = {
    nextChild: () => this.#spare?.take() ?? this.#start(),

    onFree: (slot) => {
      if (this.#isOpen) this.#spare?.start();
      if (this.#closing || this.#slots.size > this.#size) {
        this.#drop(slot);
        return;
      }
      this.#turns.fill(slot);
      this.#tellFree();
    },

    onBegun: () => {
      this.#turns.dealSoon();
      this.#tellFree();
    },

    onReturned: (tickets) => {
      if (this.#closing) this.#giveUp(tickets);
      else this.#turns.putBack(tickets);
    },

    onTooLarge: (pid, residentKib) => this.#options.onTooLarge?.(pid, residentKib),

    replaces: (slot) => {
      this.#turns.leave(slot);
      if (!this.#closing && this.#slots.size <= this.#size) return true;
      this.#slots.delete(slot);
      return false;
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

const KILLED = { kind: 'lost', reason: 'killed', detail: 'killed on request' } as const;
const WITHDRAWN = { kind: 'lost', reason: 'withdrawn', detail: 'withdrawn before it began' } as const;

function placesAhead(pool: Pool, turns: Turns): PoolAhead {
  return {
    get places() {
      return pool.size * AHEAD_PER_SLOT;
    },
    get taken() {
      return turns.waiting;
    },
    withdraw(jobId) {
      const ticket = turns.find(jobId);
      if (!ticket || !turns.remove(ticket)) return false;
      ticket.end(WITHDRAWN);
      return true;
    },
  };
}
