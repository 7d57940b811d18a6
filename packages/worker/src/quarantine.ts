import type { Logger } from '@lovage/app';
import type { Broker, Delivery, OutgoingMessage } from '@lovage/contracts';
import { Troubles } from './troubles.ts';

/** Where messages that no task will ever run are kept for a person to look at. An ordinary queue. */
export const QUARANTINE = 'lovage.quarantine';

/**
 * The delivery as it came, with why, whence and when in its headers. Its priority is kept there too: the quarantine
 * is one line in the order of arrival, so that what has waited longest is what makes room.
 */
export function quarantined(delivery: Delivery, reason: string, nowMs: number): OutgoingMessage {
  const { priority, ...envelope } = delivery.envelope;
  return {
    queue: QUARANTINE,
    envelope: {
      ...envelope,
      headers: {
        ...envelope.headers,
        lovage_reason: reason,
        lovage_queue: delivery.queue,
        lovage_at: new Date(nowMs).toISOString(),
        ...(priority === undefined ? {} : { lovage_priority: priority }),
      },
    },
  };
}

/** From a message that is kept to the look whether there are too many: long enough for a flood to be one look. */
const TRIM_AFTER_MS = 1000;
/** Between two lines that say how many made room. */
const TELL_EVERY_MS = 60_000;

export interface QuarantineParts {
  readonly broker: Pick<Broker, 'trim'>;
  /** `lovageQuarantineMax`. */
  readonly max: number;
  readonly log: Logger;
  /** Default 1,000 ms. */
  readonly trimAfterMs?: number;
}

/**
 * Holds the quarantine to its size: after this worker has put something there, the oldest beyond `max` are dropped,
 * at most once a second. In between it may hold more, by what workers put there in that time.
 */
export class Quarantine {
  readonly #parts: QuarantineParts;
  readonly #troubles: Troubles;
  #timer: NodeJS.Timeout | undefined;
  #trimming: Promise<void> | undefined;
  #dropped = 0;
  #toldAtMs = Number.NEGATIVE_INFINITY;

  constructor(parts: QuarantineParts) {
    this.#parts = parts;
    this.#troubles = new Troubles(parts.log);
  }

  /** Looks once whether there are too many: fewer may be allowed now than when they were kept. */
  start(): void {
    this.#trimSoon();
  }

  /** The message to send with the end of the delivery. */
  keep(delivery: Delivery, reason: string, nowMs: number): OutgoingMessage {
    this.#trimSoon();
    return quarantined(delivery, reason, nowMs);
  }

  /** Once all that was kept has been sent. Never rejects. */
  async stop(): Promise<void> {
    const due = this.#timer !== undefined;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#trimming;
    if (due) await this.#trim();
    this.#tell();
  }

  #trimSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#trimming = this.#trim();
    }, this.#parts.trimAfterMs ?? TRIM_AFTER_MS).unref();
  }

  async #trim(): Promise<void> {
    const { broker, max } = this.#parts;
    try {
      this.#dropped += await broker.trim(QUARANTINE, max);
      this.#troubles.over('trim the quarantine');
    } catch (error) {
      this.#troubles.met('trim the quarantine', error);
    }
    if (Date.now() - this.#toldAtMs >= TELL_EVERY_MS) this.#tell();
  }

  #tell(): void {
    if (this.#dropped === 0) return;
    this.#parts.log.warn(
      `the quarantine is full: ${this.#dropped} of its oldest messages were dropped (lovageQuarantineMax is ${this.#parts.max})`,
    );
    this.#dropped = 0;
    this.#toldAtMs = Date.now();
  }
}
