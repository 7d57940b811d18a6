/**
 * Texts that are kept until a moment each has, and at most so many: the one added longest ago makes room.
 * Celery's LimitedSet. To ask for one is O(1), however many there are.
 */
export class LimitedSet {
  readonly #ends = new Map<string, number>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  /** Also counts what has ended and was not looked at since. */
  get size(): number {
    return this.#ends.size;
  }

  /** False when that changes nothing: it has ended, or is here until then at least. */
  add(text: string, untilMs: number, nowMs: number): boolean {
    if (untilMs <= Math.max(nowMs, this.#ends.get(text) ?? 0)) return false;
    this.#ends.delete(text); // Else it would keep its old place.
    this.#ends.set(text, untilMs);
    for (const [oldest, endMs] of this.#ends) {
      if (this.#ends.size <= this.#max && endMs > nowMs) break;
      this.#ends.delete(oldest);
    }
    return true;
  }

  has(text: string, nowMs: number): boolean {
    const untilMs = this.#ends.get(text);
    return untilMs !== undefined && untilMs > nowMs;
  }

  /** Each with its end, the oldest first. Forgets what has ended. */
  *entries(nowMs: number): Generator<readonly [text: string, untilMs: number]> {
    for (const entry of this.#ends) {
      if (entry[1] > nowMs) yield entry;
      else this.#ends.delete(entry[0]);
    }
  }
}
