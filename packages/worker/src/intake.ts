import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@lovage/app';
import type { Consumer, Delivery, Pool } from '@lovage/contracts';
import { DriverError } from '@lovage/contracts';
import type { Admission } from './admission.ts';
import type { Admitted, Executions } from './executions.ts';

/** A delivery that found no free slot for this long goes back, so that an idle worker elsewhere can take it. */
const PATIENCE_MS = 500;
/** Tasks that end within this are worth claiming ahead for; the others outlast a trip to the broker many times. */
const SHORT_MS = 100;
const CLAIM_RETRY_MS = 1000;
/** Claimed at once while what comes ends without running: a flood of messages that are not due, say. */
const FLOOD_CLAIM = 100;

interface Waiting {
  readonly admitted: Admitted;
  readonly sinceMs: number;
}

export interface IntakeParts {
  readonly consumer: Consumer;
  readonly pool: Pool;
  readonly admission: Admission;
  readonly executions: Executions;
  /** Gives deliveries back to the broker, uncounted. */
  readonly release: (deliveries: readonly Delivery[]) => void;
  /** Resolves when everything that ended so far is settled. */
  readonly settled: () => Promise<void>;
  /** Claiming will never work again. */
  readonly onDead: (error: unknown) => void;
  readonly log: Logger;
  readonly prefetch: number;
}

/**
 * THE LOOP: claim as many as there is room for, admit each, start what has a slot.
 * At most `prefetch` are held. Those beyond the pool's size wait here, so that a slot that falls free
 * is filled without asking the broker. When they wait in vain because tasks are long, they go back,
 * and no more than there are slots are claimed until short tasks end again.
 */
export class Intake {
  readonly #parts: IntakeParts;
  readonly #stopping = new AbortController();
  #waiting: Waiting[] = [];
  #claimsAhead = true;
  #flooded = false;
  #wake: (() => void) | undefined;
  #loop: Promise<void> | undefined;
  #patience: NodeJS.Timeout | undefined;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#parts.pool.onFree(this.#pump);
    this.#patience = setInterval(() => this.#loseTheImpatient(), PATIENCE_MS / 2);
    this.#loop = this.#run();
  }

  /** Claims and starts no more; what waits for a slot goes back. Resolves when that is under way. Idempotent. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    clearInterval(this.#patience);
    this.#wake?.();
    await this.#loop;
    this.#giveBackWaiting();
  }

  /** Whose leases must be renewed, started or not. */
  held(): readonly Delivery[] {
    return [...this.#parts.executions.held(), ...this.#waiting.map(({ admitted }) => admitted.delivery)];
  }

  async #run(): Promise<void> {
    const { consumer, admission, log } = this.#parts;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const room = this.#room();
      if (room === 0) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      try {
        const deliveries = await consumer.claim(room, signal);
        const nowMs = Date.now();
        let refused = 0;
        for (const delivery of deliveries) {
          const admitted = admission.decide(delivery, nowMs);
          if (admitted) this.#waiting.push({ admitted, sinceMs: nowMs });
          else refused += 1;
        }
        this.#pump();
        // Nothing slows such a flood down but this: without it the worker's memory would grow with its speed.
        this.#flooded = refused > deliveries.length / 2;
        if (this.#flooded) await this.#parts.settled();
      } catch (error) {
        if (error instanceof DriverError && error.code !== 'unavailable') {
          this.#parts.onDead(error);
          return;
        }
        log.error('cannot claim messages, will try again', { err: error });
        await sleep(CLAIM_RETRY_MS, undefined, { signal }).catch(() => {});
      }
    }
  }

  /** How many to claim now; 0: wait until something ends. */
  #room(): number {
    const { pool, executions, prefetch } = this.#parts;
    const ceiling = this.#claimsAhead ? Math.max(prefetch, pool.size) : pool.size;
    // With half of the store still here, wait: fewer and larger claims cost the broker less.
    if (this.#waiting.length > (ceiling - pool.size) / 2) return 0;
    const room = Math.max(0, ceiling - executions.running.size - this.#waiting.length);
    return this.#flooded ? Math.min(room, FLOOD_CLAIM) : room;
  }

  /** Starts what has a slot; lets the loop claim when it is worth it. */
  readonly #pump = (): void => {
    const { pool, admission, executions } = this.#parts;
    while (
      !this.#stopping.signal.aborted &&
      this.#waiting.length > 0 &&
      pool.busy + executions.acknowledging < pool.size
    ) {
      const { admitted } = this.#waiting.shift()!;
      if (admission.reconsider(admitted, Date.now())) void this.#start(admitted);
    }
    if (this.#wake && this.#room() > 0) {
      const wake = this.#wake;
      this.#wake = undefined;
      wake();
    }
  };

  async #start(admitted: Admitted): Promise<void> {
    const startedMs = Date.now();
    await this.#parts.executions.start(admitted);
    if (Date.now() - startedMs < SHORT_MS) this.#claimsAhead = true;
    this.#pump();
  }

  #loseTheImpatient(): void {
    const [first] = this.#waiting;
    if (!first || Date.now() - first.sinceMs < PATIENCE_MS) return;
    this.#claimsAhead = false;
    this.#giveBackWaiting();
  }

  #giveBackWaiting(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    if (waiting.length > 0) this.#parts.release(waiting.map(({ admitted }) => admitted.delivery));
  }
}
