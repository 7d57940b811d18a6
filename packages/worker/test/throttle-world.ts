/** Time that tests move, and a broker with workers in it that do nothing but throttle. */
import { RateLimits } from '../src/rate-limits/rate-limits.ts';
import { Throttle, type ThrottleTime } from '../src/rate-limits/throttle.ts';

interface Timer {
  atMs: number;
  readonly callback: () => void;
  cancelled: boolean;
}

/** Timers fire in their order and on the dot, unless told to come late. */
export class SimulatedTime implements ThrottleTime {
  readonly #lateMs: () => number;
  #nowMs = 1_000_000;
  /** The next one is the last. */
  #timers: Timer[] = [];

  constructor(lateMs: () => number = () => 0) {
    this.#lateMs = lateMs;
  }

  readonly now = (): number => this.#nowMs;

  readonly after = (ms: number, callback: () => void): (() => void) => {
    const timer = { atMs: this.#nowMs + Math.max(0, ms) + this.#lateMs(), callback, cancelled: false };
    let [low, high] = [0, this.#timers.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#timers[middle]!.atMs > timer.atMs) low = middle + 1;
      else high = middle;
    }
    this.#timers.splice(low, 0, timer);
    return () => {
      timer.cancelled = true;
    };
  };

  get pending(): number {
    return this.#timers.filter(({ cancelled }) => !cancelled).length;
  }

  /** Lets so much time pass. */
  pass(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (let next = this.#timers.at(-1); next && next.atMs <= endMs; next = this.#timers.at(-1)) {
      this.#timers.pop();
      if (next.cancelled) continue;
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.callback();
    }
    this.#nowMs = endMs;
  }

  /** The wall clock is put forward or back; timers do not mind. */
  jump(ms: number): void {
    this.#nowMs += ms;
    for (const timer of this.#timers) timer.atMs += ms;
  }
}

export interface SimulatedTask {
  readonly headers: { readonly id: string; readonly task: string; readonly expires?: number };
}

export const taskOf = (task: string, id: string | number, expires?: number): SimulatedTask => ({
  headers: { id: String(id), task, ...(expires === undefined ? {} : { expires }) },
});

export interface Start {
  readonly id: string;
  readonly task: string;
  readonly worker: number;
  readonly atMs: number;
}

/** A queue, and workers that take from it in no order, start at once what they may, and need no slots. */
export class SimulatedWorkers {
  readonly starts: Start[] = [];
  readonly throttles: readonly Throttle<SimulatedTask>[];
  parks = 0;
  mostHeld = 0;
  readonly #time: SimulatedTime;
  readonly #random: () => number;
  readonly #ready: SimulatedTask[] = [];
  readonly #startMs: number;

  constructor(
    time: SimulatedTime,
    options: { workers: number; limit: string; random: () => number; room?: number },
  ) {
    this.#time = time;
    this.#random = options.random;
    this.#startMs = time.now();
    this.throttles = Array.from({ length: options.workers }, (_, worker) => {
      const limits = new RateLimits({ own: (task) => (task.startsWith('limited') ? options.limit : null) });
      return new Throttle<SimulatedTask>({
        limits,
        time,
        ready: (task) => this.#started(task, worker),
        park: (task, untilMs) => this.#park(task, untilMs),
        ...(options.room === undefined ? {} : { room: options.room }),
      });
    });
  }

  publish(...tasks: readonly SimulatedTask[]): void {
    this.#ready.push(...tasks);
    this.#claim();
  }

  /** Starts within the time, relative to the beginning. */
  between(fromMs: number, toMs: number): readonly Start[] {
    return this.starts.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
  }

  #claim(): void {
    for (let task = this.#ready.shift(); task; task = this.#ready.shift()) {
      const worker = Math.floor(this.#random() * this.throttles.length);
      if (this.throttles[worker]!.admit(task) === 'now') this.#started(task, worker);
    }
    const held = this.throttles.map((throttle) => throttle.held().length);
    this.mostHeld = Math.max(this.mostHeld, ...held);
  }

  #park(task: SimulatedTask, untilMs: number): void {
    this.parks += 1;
    // As late as a driver may be.
    this.#time.after(untilMs - this.#time.now() + this.#random() * 50, () => {
      this.#ready.unshift(task);
      this.#claim();
    });
  }

  #started({ headers }: SimulatedTask, worker: number): void {
    this.starts.push({ id: headers.id, task: headers.task, worker, atMs: this.#time.now() - this.#startMs });
  }
}

/** Numbers from 0 to 1, the same in each run. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
