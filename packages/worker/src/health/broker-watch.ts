import { maskUrls } from '@lovage/app';

export interface BrokerTrouble {
  /** 'away': it said so, or cannot be reached. 'silent': a question to it has not come back in time. */
  readonly kind: 'away' | 'silent';
  /** For people. */
  readonly text: string;
}

export interface BrokerWatchOptions {
  /** Asks the broker for something small; rejects when it is away. */
  readonly ask: () => Promise<unknown>;
  readonly everyMs?: number;
  /** A question may take so long. Drivers reject sooner when their service is away. */
  readonly patienceMs?: number;
}

/** Asks the broker now and then how it is, so that nobody who asks for a worker's health has to wait for it. */
export class BrokerWatch {
  readonly #options: BrokerWatchOptions;
  readonly #patienceMs: number;
  #timer: NodeJS.Timeout | undefined;
  /** When the question was asked that is not answered yet, by `performance.now()`. */
  #askedMs: number | undefined;
  #away: string | undefined;

  constructor(options: BrokerWatchOptions) {
    this.#options = options;
    this.#patienceMs = options.patienceMs ?? 10_000;
  }

  start(): void {
    void this.#ask();
    this.#timer = setInterval(() => void this.#ask(), this.#options.everyMs ?? 5000);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** As of the last answer; undefined: none that is known. */
  get trouble(): BrokerTrouble | undefined {
    const waitedMs = this.#askedMs === undefined ? 0 : performance.now() - this.#askedMs;
    if (waitedMs > this.#patienceMs) {
      const text = `the broker has not answered for ${Math.round(waitedMs / 1000)} s`;
      return { kind: 'silent', text };
    }
    return this.#away === undefined ? undefined : { kind: 'away', text: `the broker is away: ${this.#away}` };
  }

  async #ask(): Promise<void> {
    if (this.#askedMs !== undefined) return;
    this.#askedMs = performance.now();
    try {
      await this.#options.ask();
      this.#away = undefined;
    } catch (error) {
      this.#away = maskUrls(error instanceof Error ? error.message : String(error));
    } finally {
      this.#askedMs = undefined;
    }
  }
}
