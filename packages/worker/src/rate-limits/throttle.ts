import type { RateLimit } from '@lovage/app';
import type { TaskHeaders } from '@lovage/protocol';
import { Line } from './line.ts';
import type { RateLimits } from './rate-limits.ts';

/** A task that may start as far as everything but its rate limit is concerned. */
export interface Limited {
  readonly headers: Pick<TaskHeaders, 'id' | 'task' | 'expires'>;
}

/** Time and timers; tests supply ones they can move. */
export interface ThrottleTime {
  /** Epoch ms. */
  now(): number;
  /** Calls back after `ms`, unless what it answers is called before. */
  after(ms: number, callback: () => void): () => void;
}

export interface ThrottleOptions<T extends Limited> {
  readonly limits: RateLimits;
  /** Its turn has come. */
  readonly ready: (task: T) => void;
  /** It is to go back to the broker, hidden until then (epoch ms), and to be asked about again. */
  readonly park: (task: T, untilMs: number) => void;
  /** The most that wait in memory at once, all tasks together. Default 1000. */
  readonly room?: number;
  readonly time?: ThrottleTime;
}

/**
 * Holds back tasks that would start faster than their rate limits allow, each name by itself, in the order they came.
 * What has to wait for longer than about a second waits in the broker, so that a long line holds up neither other
 * tasks nor, when this worker dies, itself.
 */
export class Throttle<T extends Limited> {
  readonly #limits: RateLimits;
  readonly #options: ThrottleOptions<T>;
  readonly #time: ThrottleTime;
  readonly #room: number;
  readonly #lines = new Map<string, Line<T>>();
  /** By task: cancels the timer for its next turn. */
  readonly #timers = new Map<string, () => void>();
  #held = 0;

  constructor(options: ThrottleOptions<T>) {
    this.#options = options;
    this.#limits = options.limits;
    this.#time = options.time ?? realTime;
    this.#room = options.room ?? 1000;
  }

  /** 'now': start it. 'held': `ready` will be called with it. 'parked': `park` was called with it. */
  admit(task: T): 'now' | 'held' | 'parked' {
    const { task: name, id, expires } = task.headers;
    const line = this.#line(name);
    if (!line) return 'now';
    const place = line.place(task, id, this.#time.now(), this.#held < this.#room);
    switch (place.kind) {
      case 'start':
        return 'now';
      case 'hold':
        this.#held += 1;
        if (line.held.length === 1) this.#wait(name, line);
        return 'held';
      case 'park':
        // Whoever waits for its result must not wait longer for it to expire.
        this.#options.park(task, Math.min(place.untilMs, (expires ?? Infinity) + 1));
        return 'parked';
    }
  }

  /** All that wait here: their leases must be renewed. */
  held(): readonly T[] {
    return [...this.#lines.values()].flatMap((line) => line.held);
  }

  /** What was let through could not start after all, and will be asked about again: its token is there again. */
  undo({ headers }: T): void {
    const line = this.#lines.get(headers.task);
    line?.bucket.putBack();
    if (line) this.#pump(headers.task, line);
  }

  /** The limit in force, as it was written; null for none. */
  limit(task: string): string | number | null {
    return this.#limits.limit(task);
  }

  /**
   * From now on; what waits here is timed anew. Null, 0 and '' lift the limit.
   * @throws RangeError with Celery's text where `limit` cannot be read
   */
  setLimit(task: string, limit: RateLimit): void {
    this.#limits.set(task, limit);
    const line = this.#lines.get(task);
    if (!line) return;
    if (this.#limits.bucket(task)) {
      this.#pump(task, line);
    } else {
      this.#cancel(task);
      this.#lines.delete(task);
      this.#release(line.clear());
    }
  }

  /** All that wait here, to be given back to the broker. Calls nobody any more. */
  stop(): T[] {
    const held = [...this.held()];
    for (const task of [...this.#timers.keys()]) this.#cancel(task);
    this.#lines.clear();
    this.#held = 0;
    return held;
  }

  #line(task: string): Line<T> | undefined {
    const known = this.#lines.get(task);
    if (known) return known;
    const bucket = this.#limits.bucket(task);
    if (!bucket) return undefined;
    const line = new Line<T>(bucket);
    this.#lines.set(task, line);
    return line;
  }

  #pump(task: string, line: Line<T>): void {
    this.#cancel(task);
    const due = line.due(this.#time.now());
    if (line.held.length > 0) this.#wait(task, line);
    this.#release(due);
  }

  #release(tasks: readonly T[]): void {
    this.#held -= tasks.length;
    for (const task of tasks) this.#options.ready(task);
  }

  /** For the turn of the first in line. */
  #wait(task: string, line: Line<T>): void {
    const nowMs = this.#time.now();
    // A timer can wait 24 days, a slow rate longer: it is asked again then.
    const waitMs = Math.min(Math.ceil(line.bucket.dueMs(nowMs) - nowMs), 2 ** 31 - 1);
    this.#timers.set(
      task,
      this.#time.after(waitMs, () => this.#pump(task, line)),
    );
  }

  #cancel(task: string): void {
    this.#timers.get(task)?.();
    this.#timers.delete(task);
  }
}

const realTime: ThrottleTime = {
  now: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};
