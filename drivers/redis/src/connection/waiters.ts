import { within } from './patience.ts';

/** Callers that wait for one thing, each no longer than it said. */
export class Waiters<T> {
  readonly #waiting = new Set<PromiseWithResolvers<T>>();

  get size(): number {
    return this.#waiting.size;
  }

  /** What arrives next; rejects with `tooLate()` after `ms`. */
  wait(ms: number, tooLate: () => Error): Promise<T> {
    const waiter = Promise.withResolvers<T>();
    this.#waiting.add(waiter);
    return within(waiter.promise, Math.max(0, ms), () => {
      this.#waiting.delete(waiter);
      return tooLate();
    });
  }

  resolveAll(value: T): void {
    for (const waiter of this.#take()) waiter.resolve(value);
  }

  rejectAll(error: () => Error): void {
    for (const waiter of this.#take()) waiter.reject(error());
  }

  #take(): PromiseWithResolvers<T>[] {
    const all = [...this.#waiting];
    this.#waiting.clear();
    return all;
  }
}
