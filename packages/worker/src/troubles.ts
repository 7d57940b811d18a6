import type { Logger } from '@lovage/app';

/** Says once that something cannot be done, however often it is tried, and once that it can again. */
export class Troubles {
  readonly #log: Logger;
  readonly #present = new Set<string>();

  constructor(log: Logger) {
    this.#log = log;
  }

  met(what: string, error: unknown): void {
    if (this.#present.has(what)) return;
    this.#present.add(what);
    const why = error instanceof Error ? error.message : String(error);
    this.#log.error(`cannot ${what}, will try again: ${why}`);
  }

  over(what: string): void {
    if (this.#present.delete(what)) this.#log.info(`can ${what} again`);
  }
}
