/** Taken entries stay in the array until there are this many of them. */
const COMPACT_AT = 1024;

/** First in, first out, but for what comes back: that goes to the front. Every step is O(1) on average. */
export class Line<T> {
  /** What came back; its last is the very first in line. */
  readonly #returned: T[] = [];
  #waiting: T[] = [];
  /** Entries of `#waiting` already taken. */
  #taken = 0;

  get length(): number {
    return this.#returned.length + this.#waiting.length - this.#taken;
  }

  push(item: T): void {
    this.#waiting.push(item);
  }

  putBack(item: T): void {
    this.#returned.push(item);
  }

  take(): T | undefined {
    if (this.#returned.length > 0) return this.#returned.pop();
    if (this.#taken === this.#waiting.length) return undefined;
    const item = this.#waiting[this.#taken];
    this.#taken += 1;
    if (this.#taken >= COMPACT_AT && this.#taken * 2 >= this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#taken);
      this.#taken = 0;
    }
    return item;
  }

  /** From the first in line on. */
  *[Symbol.iterator](): Generator<T> {
    yield* this.#returned.toReversed();
    for (let at = this.#taken; at < this.#waiting.length; at += 1) yield this.#waiting[at] as T;
  }

  clear(): void {
    this.#returned.length = 0;
    this.#waiting = [];
    this.#taken = 0;
  }
}
