/** Callers that wait for one thing, each no longer than it said. */
export class Waiters<T> {
  readonly #waiting = new Set<{ resolve(value: T): void; reject(error: Error): void }>();

  get size(): number {
    return this.#waiting.size;
  }

  /** What arrives next; rejects with `tooLate()` after `ms`. */
  wait(ms: number, tooLate: () => Error): Promise<T> {
    return new Promise((resolve, reject) => {
      const waiter = {
        resolve: (value: T) => {
          clearTimeout(timer);
          resolve(value);
        },
        reject: (error: Error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      const timer = setTimeout(
        () => {
          this.#waiting.delete(waiter);
          reject(tooLate());
        },
        Math.max(0, ms),
      );
      this.#waiting.add(waiter);
    });
  }

  resolveAll(value: T): void {
    for (const waiter of this.#take()) waiter.resolve(value);
  }

  rejectAll(error: () => Error): void {
    for (const waiter of this.#take()) waiter.reject(error());
  }

  #take(): { resolve(value: T): void; reject(error: Error): void }[] {
    const all = [...this.#waiting];
    this.#waiting.clear();
    return all;
  }
}
