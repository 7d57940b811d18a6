import type { Logger } from '@lovage/app';
import { DEAD_LETTERS, keptAtMs, QUARANTINE, takeOut } from '@lovage/app';
import type { Broker } from '@lovage/contracts';
import { Troubles } from './troubles.ts';

/** The kept are counted in days: an hour late is soon enough. */
const EVERY_MS = 3_600_000;

export interface LetterSweeperParts {
  readonly broker: Broker;
  /** `lovageDeadLettersExpires`. */
  readonly ttlMs: number;
  readonly log: Logger;
  /** Default one hour. */
  readonly everyMs?: number;
}

/** Erases dead letters, and what is in quarantine, when they are too old. Any number of workers may sweep. */
export class LetterSweeper {
  readonly #parts: LetterSweeperParts;
  readonly #troubles: Troubles;
  #timer: NodeJS.Timeout | undefined;
  #sweeping: Promise<void> | undefined;

  constructor(parts: LetterSweeperParts) {
    this.#parts = parts;
    this.#troubles = new Troubles(parts.log);
  }

  /** Sweeps now, and then every hour. */
  start(): void {
    const sweep = () => {
      this.#sweeping ??= this.#sweep().finally(() => {
        this.#sweeping = undefined;
      });
    };
    this.#timer = setInterval(sweep, this.#parts.everyMs ?? EVERY_MS).unref();
    sweep();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#sweeping;
  }

  async #sweep(): Promise<void> {
    try {
      for (const place of [DEAD_LETTERS, QUARANTINE]) await this.#sweepOne(place);
      this.#troubles.over('erase old dead letters');
    } catch (error) {
      this.#troubles.met('erase old dead letters', error);
    }
  }

  /** The oldest come first, so that one look is enough while none is too old. */
  async #sweepOne(place: string): Promise<void> {
    const { broker, ttlMs, log } = this.#parts;
    const tooOld = Date.now() - ttlMs;
    const [oldest] = await broker.peek(place, 1);
    if (!oldest || !(keptAtMs(oldest) < tooOld)) return;
    const { taken } = await takeOut(broker, place, (each) => (keptAtMs(each) < tooOld ? 'discard' : 'stop'));
    const days = ttlMs / 86_400_000;
    log.info(`${place}: erased ${taken.length} that were older than ${days} days (lovageDeadLettersExpires)`);
  }
}
