import type { ResultBackend, ResultRecord, ResultWatch } from '@lovage/contracts';
import { DriverError } from '@lovage/contracts';
import { OperationalError } from '../errors.ts';
import type { Logger } from '../logger/logger.ts';

/** Told of records of one task. */
export interface Listener {
  readonly onRecord: (record: ResultRecord) => void;
  /** The result store will never answer. Nothing follows. */
  readonly onError: (error: Error) => void;
}

/** How often the store is asked while it cannot be watched, unless a waiter asks for another interval. */
const DEFAULT_INTERVAL_MS = 500;

/**
 * Everyone in this process who waits for results shares one watch, so that 5,000 waiters are one subscription.
 * Ids that are asked for in one turn of the event loop are added together. While the store cannot be reached,
 * all waiters are asked about in one fetch at each interval.
 */
export class Waiter {
  readonly #results: ResultBackend;
  readonly #log: Logger;
  readonly #listeners = new Map<string, Set<Listener>>();
  #watch: Promise<ResultWatch> | undefined;
  #joining = new Set<string>();
  #leaving = new Set<string>();
  #flushing = false;
  #poll: NodeJS.Timeout | undefined;
  #intervalMs = DEFAULT_INTERVAL_MS;
  /** Said once, until it is over. */
  #troubled = false;
  #closed = false;

  constructor(results: ResultBackend, log: Logger) {
    this.#results = results;
    this.#log = log;
  }

  /** Tasks that somebody waits for. */
  get waiting(): number {
    return this.#listeners.size;
  }

  /** Resolves when the store has heard of everyone who waits now. For tests. */
  async settled(): Promise<void> {
    while (this.#flushing) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Tell this listener of the task's records from now on; of its end at once, if it ended before. */
  listen(taskId: string, listener: Listener, intervalMs = DEFAULT_INTERVAL_MS): () => void {
    if (this.#closed) throw new OperationalError('the app is closed');
    const others = this.#listeners.get(taskId);
    if (others) others.add(listener);
    else this.#listeners.set(taskId, new Set([listener]));
    this.#intervalMs = Math.min(this.#intervalMs, intervalMs);
    // Even when the id is watched already: whoever comes late must learn of an end that was told before.
    this.#joining.add(taskId);
    this.#leaving.delete(taskId);
    this.#flushSoon();
    return () => this.#leave(taskId, listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#poll);
    const gone = new OperationalError('the app was closed while waiting for a result');
    this.#failAll(gone);
    // Not awaited: a watch that never came must not keep the app from closing.
    void this.#watch?.then((watch) => watch.close()).catch(() => {});
  }

  #leave(taskId: string, listener: Listener): void {
    const listeners = this.#listeners.get(taskId);
    if (!listeners?.delete(listener) || listeners.size > 0) return;
    this.#listeners.delete(taskId);
    this.#leaving.add(taskId);
    this.#joining.delete(taskId);
    if (this.#listeners.size === 0) {
      clearTimeout(this.#poll);
      this.#poll = undefined;
      this.#intervalMs = DEFAULT_INTERVAL_MS;
    }
    this.#flushSoon();
  }

  readonly #tell = (record: ResultRecord): void => {
    for (const listener of [...(this.#listeners.get(record.taskId) ?? [])]) listener.onRecord(record);
  };

  #failAll(error: Error): void {
    for (const listeners of [...this.#listeners.values()]) {
      for (const listener of [...listeners]) listener.onError(error);
    }
  }

  #flushSoon(): void {
    if (this.#flushing || this.#closed) return;
    this.#flushing = true;
    setImmediate(() => void this.#flush());
  }

  async #flush(): Promise<void> {
    try {
      while ((this.#joining.size > 0 || this.#leaving.size > 0) && !this.#poll && !this.#closed) {
        const joining = [...this.#joining];
        const leaving = [...this.#leaving];
        this.#joining = new Set();
        this.#leaving = new Set();
        await this.#change(joining, leaving);
      }
    } finally {
      this.#flushing = false;
    }
  }

  async #change(joining: readonly string[], leaving: readonly string[]): Promise<void> {
    try {
      this.#watch ??= this.#results.watch(this.#tell);
      const watch = await this.#watch;
      if (joining.length > 0) await watch.add(joining);
      if (leaving.length > 0) await watch.drop(leaving);
      this.#troubled = false;
    } catch (error) {
      if (this.#closed) return;
      this.#onTrouble(error, joining, leaving);
    }
  }

  #onTrouble(error: unknown, joining: readonly string[], leaving: readonly string[]): void {
    if (!isUnavailable(error)) {
      this.#refuse(error);
      return;
    }
    if (!this.#troubled) {
      this.#log.warn(`cannot watch results, asking for them instead until it works: ${error.message}`);
      this.#troubled = true;
    }
    this.#watch?.catch(() => {
      this.#watch = undefined;
    });
    for (const id of joining) if (this.#listeners.has(id)) this.#joining.add(id);
    for (const id of leaving) if (!this.#listeners.has(id)) this.#leaving.add(id);
    if (this.#listeners.size > 0) this.#poll = setTimeout(() => void this.#ask(), this.#intervalMs);
  }

  /** One fetch for all who wait; then the watch is tried again. */
  async #ask(): Promise<void> {
    try {
      const records = await this.#results.fetch([...this.#listeners.keys()]);
      for (const record of records.values()) this.#tell(record);
    } catch (error) {
      if (!isUnavailable(error)) this.#refuse(error);
    } finally {
      this.#poll = undefined;
      this.#flushSoon();
    }
  }

  #refuse(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.#failAll(new OperationalError(`cannot wait for results: ${message}`, { cause: error }));
  }
}

const isUnavailable = (error: unknown): error is DriverError =>
  error instanceof DriverError && error.code === 'unavailable';
