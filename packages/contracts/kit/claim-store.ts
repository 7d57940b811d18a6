import type { Delivery, Settlement } from '../src/index.ts';

/**
 * A store that can claim but not wait: a table, a list behind a script.
 * `pullConsumer` adds the waiting and makes a `Consumer` of it.
 * Any method may reject with DriverError.
 */
export interface ClaimStore {
  /** Claim what is there now. Answers at once, with no deliveries where nothing is claimable. */
  claim(request: ClaimRequest): Promise<ClaimAnswer>;

  /** Push the consumer's lease to now + leaseMs. Answers which of `receipts` are still the consumer's. */
  renew(consumer: string, receipts: readonly string[], leaseMs: number): Promise<ReadonlySet<string>>;

  /** Carry out every settlement whose receipt is still the consumer's. Answers those receipts. */
  settle(consumer: string, settlements: readonly Settlement[]): Promise<ReadonlySet<string>>;

  /** Give back, uncounted, everything that the consumer holds, and forget the consumer. */
  leave(consumer: string): Promise<void>;

  /** Call `wake` whenever something may have become claimable, too often rather than too seldom. Returns how to stop. */
  onWake(wake: () => void): () => void;

  /** The longest an idle claim goes without looking, in ms: how late a message may be when its wake got lost. */
  readonly pollMs: number;
}

export interface ClaimRequest {
  readonly consumer: string;
  readonly queues: readonly string[];
  /** At least 1. */
  readonly max: number;
  readonly leaseMs: number;
  /** Aborted when nobody waits any more. What has been claimed all the same must still be answered. */
  readonly signal: AbortSignal;
}

export interface ClaimAnswer {
  readonly deliveries: readonly Delivery[];
  /**
   * Epoch ms of the next moment at which something becomes claimable by time alone: a parked message falls due,
   * another's lease lapses. An idle claim looks again exactly then. Undefined where the store does not know.
   */
  readonly nextDueAt?: number;
}
