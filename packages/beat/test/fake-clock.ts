import type { BeatClock } from '../src/ticker/clock.ts';

interface Sleeper {
  readonly until: number;
  wake(): void;
}

/** Time that stands still until it is moved. */
export class FakeClock implements BeatClock {
  /** Set on the wall; the monotonic time goes on from there. */
  #now: number;
  #monotonic = 0;
  readonly #sleepers = new Set<Sleeper>();
  /** What was asked to sleep for, in ms. */
  readonly sleeps: number[] = [];

  constructor(now: Date | string) {
    this.#now = new Date(now).getTime();
  }

  now = (): number => this.#now;
  monotonic = (): number => this.#monotonic;

  sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      this.sleeps.push(ms);
      const wake = () => {
        this.#sleepers.delete(sleeper);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const sleeper = { until: this.#monotonic + ms, wake };
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', wake);
    });

  /** Sets the clock on the wall, and nothing else. */
  set(now: Date | string): void {
    this.#now = new Date(now).getTime();
  }

  /** Lets time pass, each sleeper waking in its turn. */
  async advance(ms: number): Promise<void> {
    await settled();
    const end = this.#monotonic + ms;
    for (;;) {
      const first = [...this.#sleepers].sort((a, b) => a.until - b.until)[0];
      if (!first || first.until > end) break;
      this.#move(Math.max(0, first.until - this.#monotonic));
      first.wake();
      await settled();
    }
    this.#move(end - this.#monotonic);
    await settled();
  }

  /** Lets time pass in which nobody here can do anything, as for a process that is stopped. */
  async pause(ms: number): Promise<void> {
    this.#move(ms);
    await settled();
  }

  #move(ms: number): void {
    this.#monotonic += ms;
    this.#now += ms;
  }
}

/** All that can go on without time has gone on. The memory store answers at once. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
