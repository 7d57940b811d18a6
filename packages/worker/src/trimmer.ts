import type { Logger } from '@lovage/app';
import type { Broker } from '@lovage/contracts';
import { Troubles } from './troubles.ts';

/** From a message that is kept to the look whether there are too many: long enough for a flood to be one look. */
const TRIM_AFTER_MS = 1000;
/** Between two lines that say how many made room. */
const TELL_EVERY_MS = 60_000;

export interface TrimmerParts {
  readonly broker: Pick<Broker, 'trim'>;
  readonly queue: string;
  /** 'the quarantine'. */
  readonly name: string;
  readonly max: number;
  /** The setting that says so. */
  readonly setting: string;
  readonly log: Logger;
  /** Default 1,000 ms. */
  readonly trimAfterMs?: number;
}

/**
 * Holds a queue that nobody consumes to its size: after this worker has put something there, the oldest beyond `max` are
 * dropped, at most once a second. In between it may hold more, by what workers put there in that time.
 */
export class Trimmer {
  readonly #parts: TrimmerParts;
  readonly #troubles: Troubles;
  #timer: NodeJS.Timeout | undefined;
  #trimming: Promise<void> | undefined;
  #dropped = 0;
  #toldAtMs = Number.NEGATIVE_INFINITY;

  constructor(parts: TrimmerParts) {
    this.#parts = parts;
    this.#troubles = new Troubles(parts.log);
  }

  /** Something was put there, or may be too much. */
  soon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#trimming = this.#trim();
    }, this.#parts.trimAfterMs ?? TRIM_AFTER_MS).unref();
  }

  /** Once all that was put there has been sent. Never rejects. */
  async stop(): Promise<void> {
    const due = this.#timer !== undefined;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#trimming;
    if (due) await this.#trim();
    this.#tell();
  }

  async #trim(): Promise<void> {
    const { broker, queue, name, max } = this.#parts;
    try {
      this.#dropped += await broker.trim(queue, max);
      this.#troubles.over(`trim ${name}`);
    } catch (error) {
      this.#troubles.met(`trim ${name}`, error);
    }
    if (Date.now() - this.#toldAtMs >= TELL_EVERY_MS) this.#tell();
  }

  #tell(): void {
    if (this.#dropped === 0) return;
    const { log, name, setting, max } = this.#parts;
    const verb = name.endsWith('s') ? 'are' : 'is';
    log.warn(
      `${name} ${verb} full: ${this.#dropped} of its oldest messages were dropped (${setting} is ${max})`,
    );
    this.#dropped = 0;
    this.#toldAtMs = Date.now();
  }
}
