/**
 * Celery's logical clock: orders what several nodes say without trusting their wall clocks.
 * Carried by events, control requests and their replies (wire spec 9.4).
 */
export class LamportClock {
  #value: number;

  constructor(value = 0) {
    this.#value = value;
  }

  get value(): number {
    return this.#value;
  }

  /** Before something is said: the time to say it with. */
  forward(): number {
    this.#value += 1;
    return this.#value;
  }

  /** After something was heard that somebody said at `other`. What is no time of a clock counts for nothing. */
  adjust(other: number): number {
    const heard = Number.isSafeInteger(other) && other > 0 ? other : 0;
    this.#value = Math.max(this.#value, heard) + 1;
    return this.#value;
  }
}
