/** How often something happens, over the last ten seconds. */
export class Rate {
  static readonly SECONDS = 10;
  readonly #counts = new Array<number>(Rate.SECONDS).fill(0);
  #second = 0;
  #since: number | undefined;

  count(nowMs: number): void {
    this.#advance(nowMs);
    this.#counts[this.#second % Rate.SECONDS]! += 1;
  }

  /** A second; from the first count on, so that the beginning does not look slow. */
  perSecond(nowMs: number): number {
    this.#advance(nowMs);
    if (this.#since === undefined) return 0;
    const seconds = Math.min(Rate.SECONDS, Math.max(1, (nowMs - this.#since) / 1000));
    return this.#counts.reduce((sum, count) => sum + count, 0) / seconds;
  }

  #advance(nowMs: number): void {
    const second = Math.floor(nowMs / 1000);
    this.#since ??= nowMs;
    // Seconds in which nothing happened.
    const passed = Math.min(Rate.SECONDS, second - this.#second);
    for (let at = 0; at < passed; at += 1) this.#counts[(second - at) % Rate.SECONDS] = 0;
    if (second > this.#second) this.#second = second;
  }
}
