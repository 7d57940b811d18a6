import type { Logger } from '@lovage/app';
import type { Consumer, Delivery } from '@lovage/contracts';
import type { LeaseFacts } from './health/facts.ts';

/**
 * Renews what the worker holds at a third of the lease, also while it drains:
 * two renewals may fail before anything is lost.
 */
export class Leases {
  readonly #consumer: Consumer;
  readonly #held: () => readonly Delivery[];
  readonly #onLost: (lost: readonly Delivery[]) => void;
  readonly #log: Logger;
  readonly #timer: NodeJS.Timeout;
  readonly #leaseMs: number;
  #renewing: Promise<void> | undefined;
  #roundMs = performance.now();

  constructor(parts: {
    consumer: Consumer;
    leaseMs: number;
    held: () => readonly Delivery[];
    onLost: (lost: readonly Delivery[]) => void;
    log: Logger;
  }) {
    this.#consumer = parts.consumer;
    this.#held = parts.held;
    this.#onLost = parts.onLost;
    this.#log = parts.log;
    this.#leaseMs = parts.leaseMs;
    this.#timer = setInterval(() => {
      this.#renewing ??= this.#renew().finally(() => {
        this.#renewing = undefined;
        this.#roundMs = performance.now();
      });
    }, parts.leaseMs / 3);
  }

  /** For whoever watches over this worker's health. */
  get facts(): LeaseFacts {
    return { held: this.#held().length, leaseMs: this.#leaseMs, roundMs: this.#roundMs };
  }

  async #renew(): Promise<void> {
    const held = this.#held();
    if (held.length === 0) return;
    try {
      const lost = await this.#consumer.renew(held);
      if (lost.length > 0) this.#onLost(lost);
    } catch (error) {
      this.#log.warn(`cannot renew the leases of ${held.length} messages yet, will try again`, {
        err: error,
      });
    }
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#renewing;
  }
}
