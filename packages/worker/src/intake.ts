import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@lovage/app';
import type { Consumer, Delivery, Pool } from '@lovage/contracts';
import { DriverError } from '@lovage/contracts';
import type { Admission } from './admission.ts';
import type { Admitted, Executions } from './executions.ts';
import type { LoopFacts } from './health/facts.ts';
import type { RateLimits } from './rate-limits/rate-limits.ts';
import { Throttle } from './rate-limits/throttle.ts';

/** A delivery that found no free slot for this long goes back, so that an idle worker elsewhere can take it. */
const PATIENCE_MS = 500;
/** Tasks that end within this are worth claiming ahead for; the others outlast a trip to the broker many times. */
const SHORT_MS = 100;
const CLAIM_RETRY_MS = 1000;
/** A claim comes back after this long at most: a loop that hangs can then be told from one that waits for work. */
const TURN_MS = 10_000;
/** Claimed at once while what comes ends without running: a flood of messages that are not due, say. */
const FLOOD_CLAIM = 100;

interface Waiting {
  readonly admitted: Admitted;
  readonly sinceMs: number;
  /** Its rate limit has let it through already. */
  readonly cleared: boolean;
  /** The witnesses know of it. One that its rate limit may send away again is announced once it stays. */
  readonly announced: boolean;
}

export interface IntakeParts {
  readonly consumer: Consumer;
  readonly pool: Pool;
  readonly admission: Admission;
  readonly executions: Executions;
  readonly rateLimits: RateLimits;
  /** Gives a delivery back to the broker, hidden until then (epoch ms). */
  readonly park: (delivery: Delivery, untilMs: number) => void;
  /** Gives deliveries back to the broker, uncounted. */
  readonly release: (deliveries: readonly Delivery[]) => void;
  /** Resolves when everything that ended so far is settled. */
  readonly settled: () => Promise<void>;
  /** Claiming will never work again. */
  readonly onDead: (error: unknown) => void;
  readonly log: Logger;
  /** The most deliveries held unfinished at once. */
  readonly prefetch: () => number;
  /** Slots that the pool has, or would get if there were work for them. */
  readonly slots: () => number;
  /** Something was claimed: the pool may want to grow. */
  readonly onWork: () => void;
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
  /** Ends the claim under way; made anew for each turn, not for each claim, of which there are thousands a second. */
  #turn = new AbortController();
  #turns: NodeJS.Timeout | undefined;
  /** For whoever watches over this worker's health. */
  #state: LoopFacts = { waitsFor: 'messages', sinceMs: performance.now() };
  /** Holds back what would start faster than its rate limit allows; those take no place of others. */
  readonly throttle: Throttle<Admitted>;
  #waiting: Waiting[] = [];
  /** Sent away by their rate limits, ever. */
  #parked = 0;
  #claimsAhead = true;
  #flooded = false;
  #wake: (() => void) | undefined;
  #loop: Promise<void> | undefined;
  #patience: NodeJS.Timeout | undefined;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
    this.throttle = new Throttle({
      limits: parts.rateLimits,
      ready: (admitted) => {
        this.#waiting.unshift({ admitted, sinceMs: Date.now(), cleared: true, announced: true });
        this.#pump();
      },
      park: ({ delivery }, untilMs) => {
        this.#parked += 1;
        parts.park(delivery, untilMs);
      },
    });
  }

  start(): void {
    this.#parts.pool.onFree(this.#pump);
    this.#patience = setInterval(() => this.#loseTheImpatient(), PATIENCE_MS / 2);
    this.#turns = setInterval(() => this.#nextTurn(), TURN_MS);
    this.#loop = this.#run();
  }

  /** What the loop waits for, and since when. */
  get loop(): LoopFacts {
    return this.#state;
  }

  /** Claims and starts no more; what waits for a slot goes back. Resolves when that is under way. Idempotent. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#turn.abort();
    clearInterval(this.#patience);
    clearInterval(this.#turns);
    this.#wake?.();
    await this.#loop;
    this.#giveBack([...this.throttle.stop(), ...this.#takeWaiting()]);
    this.#parts.executions.withdraw(Number.POSITIVE_INFINITY);
  }

  /** There may be room for more than a moment ago, though nothing ended. */
  look(): void {
    this.#pump();
  }

  /** Whose leases must be renewed, started or not. */
  held(): readonly Delivery[] {
    return [...this.#parts.executions.held(), ...this.waiting().map(({ delivery }) => delivery)];
  }

  /** What waits for a slot, or for its rate limit. */
  waiting(): readonly Admitted[] {
    return [...this.#waiting.map(({ admitted }) => admitted), ...this.throttle.held()];
  }

  async #run(): Promise<void> {
    const { consumer, log } = this.#parts;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const room = this.#room();
      if (room === 0) {
        this.#waitFor('slot');
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      try {
        this.#waitFor('messages');
        const deliveries = await consumer.claim(room, this.#turn.signal);
        const sentAway = this.#take(deliveries);
        // Nothing slows such a flood down but this: without it the worker's memory would grow with its speed.
        this.#flooded = sentAway > deliveries.length / 2;
        if (this.#flooded) {
          this.#waitFor('store');
          await this.#parts.settled();
        }
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

  /** Lets in who may run. Answers how many may not, or not now. */
  #take(deliveries: readonly Delivery[]): number {
    const { admission, onWork } = this.#parts;
    const nowMs = Date.now();
    const parkedBefore = this.#parked;
    let refused = 0;
    for (const delivery of deliveries) {
      const admitted = admission.decide(delivery, nowMs);
      if (!admitted) {
        refused += 1;
        continue;
      }
      const announced = this.throttle.limit(admitted.headers.task) === null;
      if (announced) admission.announce(admitted);
      this.#waiting.push({ admitted, sinceMs: nowMs, cleared: false, announced });
    }
    onWork();
    this.#pump();
    return refused + this.#parked - parkedBefore;
  }

  #waitFor(waitsFor: LoopFacts['waitsFor']): void {
    this.#state = { waitsFor, sinceMs: performance.now() };
  }

  #nextTurn(): void {
    const turn = this.#turn;
    this.#turn = new AbortController();
    turn.abort();
  }

  /** How many to claim now; 0: wait until something ends. */
  #room(): number {
    const { pool, executions, prefetch, slots } = this.#parts;
    const ceiling = this.#claimsAhead ? Math.max(prefetch(), slots()) : slots();
    // With half of the store still here, wait: fewer and larger claims cost the broker less.
    const ready = this.#waiting.length + (pool.ahead?.taken ?? 0);
    if (ready > (ceiling - slots()) / 2) return 0;
    const room = Math.max(0, ceiling - executions.count - this.#waiting.length);
    return this.#flooded ? Math.min(room, FLOOD_CLAIM) : room;
  }

  /** Starts what has a slot; lets the loop claim when it is worth it. */
  readonly #pump = (): void => {
    const { admission } = this.#parts;
    while (
      !this.#stopping.signal.aborted &&
      this.#waiting.length > 0 &&
      this.#hasPlace(this.#waiting[0]!.admitted)
    ) {
      const { admitted, cleared, announced } = this.#waiting.shift()!;
      if (!admission.reconsider(admitted, Date.now())) {
        if (cleared) this.throttle.undo(admitted);
        continue;
      }
      const turn = cleared ? 'now' : this.throttle.admit(admitted);
      if (!announced && turn !== 'parked') admission.announce(admitted);
      if (turn === 'now') void this.#start(admitted);
    }
    if (this.#wake && this.#room() > 0) {
      const wake = this.#wake;
      this.#wake = undefined;
      wake();
    }
  };

  /** Whether it can be handed to the pool: a slot is free, or, while tasks are short, there is a place ahead of one. */
  #hasPlace({ headers }: Admitted): boolean {
    const { pool, executions } = this.#parts;
    if (pool.busy + executions.acknowledging < pool.size) return true;
    const { ahead } = pool;
    if (!ahead || !this.#claimsAhead || ahead.taken >= ahead.places) return false;
    // The broker forgets the others before they run: they are handed over only when they can begin.
    return executions.acksLate(headers);
  }

  async #start(admitted: Admitted): Promise<void> {
    const ranMs = await this.#parts.executions.start(admitted);
    if (ranMs !== undefined && ranMs < SHORT_MS) this.#claimsAhead = true;
    this.#pump();
  }

  #loseTheImpatient(): void {
    const sinceMs = Date.now() - PATIENCE_MS;
    const withdrawn = this.#parts.executions.withdraw(sinceMs);
    const [first] = this.#waiting;
    const impatient = first !== undefined && first.sinceMs <= sinceMs;
    if (withdrawn > 0 || impatient) this.#claimsAhead = false;
    if (!impatient) return;
    this.#giveBack(this.#takeWaiting());
    this.#pump();
  }

  #takeWaiting(): readonly Admitted[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { admitted, cleared } of waiting) if (cleared) this.throttle.undo(admitted);
    return waiting.map(({ admitted }) => admitted);
  }

  #giveBack(tasks: readonly Admitted[]): void {
    if (tasks.length > 0) this.#parts.release(tasks.map(({ delivery }) => delivery));
  }
}
