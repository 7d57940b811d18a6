import type { Logger } from '@lovage/app';
import type { ResultBackend } from '@lovage/contracts';

const EVERY_MS = 60_000;
/** At once, so that no sweep holds the store for long. */
const AT_ONCE = 1000;

/** Deletes expired results where the store does not do so by itself. Any number of workers may sweep. */
export class Sweeper {
  readonly #results: ResultBackend;
  readonly #log: Logger;
  readonly #timer: NodeJS.Timeout;
  #sweeping: Promise<void> | undefined;

  constructor(results: ResultBackend, log: Logger) {
    this.#results = results;
    this.#log = log;
    this.#timer = setInterval(() => {
      this.#sweeping ??= this.#sweep().finally(() => {
        this.#sweeping = undefined;
      });
    }, EVERY_MS);
    this.#timer.unref();
  }

  async #sweep(): Promise<void> {
    try {
      while ((await this.#results.sweep(AT_ONCE)) === AT_ONCE);
    } catch (error) {
      this.#log.warn('cannot delete expired results yet, will try again', { err: error });
    }
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#sweeping;
  }
}
