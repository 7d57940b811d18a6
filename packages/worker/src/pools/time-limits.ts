import { after } from './after.ts';

/** The timers of one job. Made only for jobs that have a limit: most have none, and timers cost. */
export class TimeLimits {
  readonly #soft: NodeJS.Timeout | undefined;
  readonly #hard: NodeJS.Timeout | undefined;

  /** Counts from now. */
  constructor(
    limits: { readonly softMs?: number; readonly hardMs?: number },
    on: { soft(softMs: number): void; hard(detail: string): void },
  ) {
    const { softMs, hardMs } = limits;
    if (softMs !== undefined) this.#soft = after(softMs, () => on.soft(softMs));
    if (hardMs !== undefined) {
      this.#hard = after(hardMs, () => on.hard(`hard time limit of ${hardMs / 1000} s`));
    }
  }

  static for(
    limits: { readonly softMs?: number; readonly hardMs?: number },
    on: { soft(softMs: number): void; hard(detail: string): void },
  ): TimeLimits | undefined {
    if (limits.softMs === undefined && limits.hardMs === undefined) return undefined;
    return new TimeLimits(limits, on);
  }

  clear(): void {
    clearTimeout(this.#soft);
    clearTimeout(this.#hard);
  }
}
