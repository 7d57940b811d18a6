/**
 * How late a start may be and still count as on time: timers come late by a millisecond or two, and with a busy
 * event loop by more. Without it each late start would push back all that follow.
 */
const SLACK_MS = 50;

/** Celery's bucket: it holds one token, which is there again an interval after the last was taken. Times in ms. */
export class TokenBucket {
  #intervalMs: number;
  /** When the last token was due to be taken. */
  #lastMs = -Infinity;

  /** @param perSecond above 0 */
  constructor(perSecond: number) {
    this.#intervalMs = 1000 / perSecond;
  }

  get intervalMs(): number {
    return this.#intervalMs;
  }

  /** Holds from the last token on. */
  set perSecond(perSecond: number) {
    this.#intervalMs = 1000 / perSecond;
  }

  /** When a token is there for whoever has `ahead` others before him. */
  dueMs(nowMs: number, ahead = 0): number {
    // The clock was set back: that was now.
    if (this.#lastMs > nowMs) this.#lastMs = nowMs;
    return Math.max(nowMs, this.#lastMs + this.#intervalMs) + ahead * this.#intervalMs;
  }

  /**
   * Takes the token that is there.
   * @param waited somebody waited for it: it is taken a little late, and the next one need not be
   */
  take(nowMs: number, waited: boolean): void {
    this.#lastMs = waited ? Math.max(nowMs - SLACK_MS, this.#lastMs + this.#intervalMs) : nowMs;
  }

  /** What was taken last came to nothing. */
  putBack(): void {
    this.#lastMs -= this.#intervalMs;
  }
}
