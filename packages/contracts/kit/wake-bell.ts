/** Timers beyond this overflow and fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Lets one sleeper be woken. A ring while nobody sleeps is kept until `reset`,
 * so that a wake between looking and falling asleep is not lost.
 */
export class WakeBell {
  #rung = false;
  #rouse: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#rouse?.();
  }

  /** Forget earlier rings. Call before looking. */
  reset(): void {
    this.#rung = false;
  }

  /** Resolves when rung (or rung since `reset`), when `signal` aborts, or after `ms`. Never rejects. */
  heard(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#rung || signal.aborted || ms <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const awake = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', awake);
        this.#rouse = undefined;
        resolve();
      };
      const timer = setTimeout(awake, Math.min(Math.ceil(ms), LONGEST_TIMER_MS));
      signal.addEventListener('abort', awake);
      this.#rouse = awake;
    });
  }
}
