import { type ConsumeOptions, type Delivery, DriverError, type Settlement } from '@lovage/contracts';
import type { ClaimAnswer, ClaimRequest, ClaimStore } from '@lovage/contracts/kit';
import type { Reply } from '../connection/client.ts';
import type { Connection } from '../connection/connection.ts';
import type { Tracker } from '../connection/tracker.ts';
import type { Transport } from '../options/transport.ts';
import { claimOnce } from './claim.ts';
import { Identity } from './identity.ts';
import type { Layout } from './layout.ts';
import { RENEW } from './lua/lease.ts';
import { SETTLE, SETTLE_LIMIT } from './lua/settle.ts';
import { QueueOrder } from './queue-order.ts';
import type { Restorer } from './restorer.ts';
import { type Finishing, type ResultKey, steps } from './settlement.ts';

/** The longest an idle claim goes without a look of its own. */
const POLL_MS = 1_000;
/** The same where nobody tells of changes. */
const BLIND_POLL_MS = 50;
/** Least between two looks at what only time changes. */
const BREATH_MS = 5;

/** What the consumers of one broker share. */
export interface ClaimParts {
  readonly connection: Connection;
  readonly layout: Layout;
  readonly tracker: Tracker;
  readonly restorer: Restorer;
  readonly transport: Transport;
  readonly resultKey: ResultKey;
  readonly timeoutMs: number;
  readonly log: (level: 'debug' | 'info' | 'warn', message: string) => void;
}

/**
 * What one consumer claims. Its lease in Redis is one for all it holds, extended by every claim and renewal;
 * the dates of its messages in `unacked_index`, by which Python judges, are kept fresh beside it.
 */
export class RedisClaims implements ClaimStore {
  readonly #parts: ClaimParts;
  readonly #leaseMs: number;
  readonly #identity: Identity;
  readonly #order: QueueOrder;
  readonly #held = new Set<string>();
  readonly #refreshing: NodeJS.Timeout;
  #wake: () => void = () => undefined;
  #unlisten: () => void = () => undefined;
  /** Changes are told of; otherwise the lists are looked at again and again. */
  #told = false;
  /** A claim was sent and its answer has not come. */
  #unheard = false;
  /** Until when nobody can have taken what is held, by the clock of this process. */
  #safeUntil = 0;
  /** When to look next for what is older than the visibility timeout. */
  #staleAt = 0;

  constructor(parts: ClaimParts, { consumer, leaseMs }: ConsumeOptions) {
    this.#parts = parts;
    this.#leaseMs = leaseMs;
    this.#identity = new Identity(parts.connection, parts.layout, consumer, leaseMs);
    this.#order = new QueueOrder(parts.layout, parts.transport.queueOrder);
    const everyMs = Math.min((parts.transport.visibilityTimeoutS * 1_000) / 3, 300_000);
    this.#refreshing = setInterval(() => this.#refresh(), everyMs).unref();
  }

  get pollMs(): number {
    return this.#told ? POLL_MS : BLIND_POLL_MS;
  }

  onWake(wake: () => void): () => void {
    this.#wake = wake;
    return () => this.#unlisten();
  }

  /** Be there before anything is claimed, so that trouble shows where the consumer is made. */
  async join(): Promise<void> {
    await this.#identity.join();
  }

  async claim({ queues, max, signal }: ClaimRequest): Promise<ClaimAnswer> {
    if (this.#order.set(queues)) this.#listen();
    if (queues.length === 0 || !(await this.#connected(signal))) return { deliveries: [] };
    if (this.#unheard) await this.#recoverUnheard();
    await this.#identity.join();
    if (Date.now() >= this.#staleAt) await this.#restoreStale();
    const { deliveries, lapseMs } = await this.#take(max);
    if (lapseMs <= 0) await this.#parts.restorer.takeOver();
    if (deliveries.length > 0) return { deliveries };
    const outlook = await this.#parts.tracker.look(this.#order.lists, this.#order.delayed);
    this.#told = outlook !== undefined;
    if (outlook?.ready) return { deliveries, nextDueAt: 0 };
    const waitMs = Math.min(Math.max(lapseMs, BREATH_MS), this.#leaseMs / 3);
    return {
      deliveries,
      nextDueAt: Math.min(Date.now() + waitMs, outlook?.nextDue ?? Number.POSITIVE_INFINITY),
    };
  }

  async renew(_consumer: string, receipts: readonly string[]): Promise<ReadonlySet<string>> {
    const { connection, layout } = this.#parts;
    const kept = new Set<string>();
    for (const part of parts(receipts)) {
      const asked = Date.now();
      const args = [this.#identity.member, String(this.#leaseMs), ...part];
      const reply = await RENEW.run(connection, [layout.consumers, layout.unacked], args, {
        repeatable: true,
      });
      if (reply === null) this.#identity.died();
      else this.#safeUntil = asked + this.#leaseMs;
      for (const receipt of ours(part, reply)) kept.add(receipt);
    }
    for (const receipt of receipts) if (!kept.has(receipt)) this.#held.delete(receipt);
    return kept;
  }

  async settle(_consumer: string, settlements: readonly Settlement[]): Promise<ReadonlySet<string>> {
    const kept = new Set<string>();
    const finishing = settlements.filter((each): each is Finishing => each.kind !== 'release');
    for (const part of parts(finishing)) {
      const receipts = part.map((each) => each.delivery.receipt);
      const done = await this.#surely(receipts, (deadline) => this.#finish(part, receipts, deadline));
      for (const receipt of done) kept.add(receipt);
    }
    const releasing = settlements.filter((each) => each.kind === 'release');
    if (releasing.length > 0) {
      const receipts = new Map(releasing.map((each) => [each.delivery.receipt, each.lost === true]));
      const { member } = this.#identity;
      const back = await this.#surely([...receipts.keys()], () =>
        this.#parts.restorer.giveBack(member, receipts),
      );
      for (const receipt of back) kept.add(receipt);
    }
    for (const { delivery } of settlements) this.#held.delete(delivery.receipt);
    return kept;
  }

  async leave(): Promise<void> {
    clearInterval(this.#refreshing);
    // Not only what this process knows of: what a claim took whose answer was lost goes back with the rest.
    await this.#giveBackAll(() => true);
    await this.#identity.leave();
    this.#held.clear();
  }

  async #take(max: number): Promise<{ readonly deliveries: readonly Delivery[]; readonly lapseMs: number }> {
    const asked = Date.now();
    const options = { queues: this.#order.next(), max, leaseMs: this.#leaseMs };
    this.#unheard = true;
    const found = await claimOnce(this.#parts.connection, this.#parts.layout, this.#identity, options);
    this.#unheard = false;
    if (found === undefined) {
      this.#identity.died();
      return { deliveries: [], lapseMs: BREATH_MS };
    }
    this.#safeUntil = asked + this.#leaseMs;
    for (const delivery of found.deliveries) this.#held.add(delivery.receipt);
    return found;
  }

  /** What a claim took whose answer never came is given back: this process knows nothing of it. */
  async #recoverUnheard(): Promise<void> {
    await this.#giveBackAll((receipt) => !this.#held.has(receipt));
    this.#unheard = false;
  }

  async #giveBackAll(which: (receipt: string) => boolean): Promise<void> {
    const held = await this.#identity.succeed();
    const back = new Map(held.filter(which).map((receipt) => [receipt, false]));
    await this.#parts.restorer.giveBack(this.#identity.member, back);
  }

  async #restoreStale(): Promise<void> {
    this.#staleAt = Date.now() + Math.min(this.#parts.transport.visibilityTimeoutS * 250, 100_000);
    await this.#parts.restorer.restoreStale();
  }

  /** False when the signal aborts first: a claim waits through an outage, but no longer than it is wanted. */
  async #connected(signal: AbortSignal): Promise<boolean> {
    if (this.#parts.connection.client) return true;
    const { promise: aborted, resolve } = Promise.withResolvers<boolean>();
    const abort = () => resolve(false);
    signal.addEventListener('abort', abort, { once: true });
    try {
      return await Promise.race([this.#parts.connection.ready().then(() => true), aborted]);
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  async #finish(
    settlements: readonly Finishing[],
    receipts: readonly string[],
    deadline: number,
  ): Promise<ReadonlySet<string>> {
    const { connection, layout, resultKey } = this.#parts;
    const args: (string | Buffer)[] = [String(receipts.length), ...receipts];
    for (const settlement of settlements) steps(args, settlement, layout, resultKey);
    const keys = [layout.unacked, layout.index, layout.held(this.#identity.member), layout.deadLetters];
    return ours(receipts, await SETTLE.run(connection, keys, args, { deadline }));
  }

  /**
   * Settle, and again if the connection breaks: no script does anything twice. What a repeated attempt no longer
   * finds was settled by the one before, unless the lease may have lapsed meanwhile.
   */
  async #surely(
    receipts: readonly string[],
    attempt: (deadline: number) => Promise<ReadonlySet<string>>,
  ): Promise<ReadonlySet<string>> {
    const deadline = Date.now() + this.#parts.timeoutMs;
    for (let again = false; ; again = true) {
      try {
        const found = await attempt(deadline);
        return again && Date.now() < this.#safeUntil ? new Set(receipts) : found;
      } catch (error) {
        const passing = error instanceof DriverError && error.code === 'unavailable';
        if (!passing || Date.now() >= deadline) throw error;
      }
    }
  }

  #listen(): void {
    this.#unlisten();
    const keys = [...this.#order.lists, ...this.#order.delayed];
    this.#unlisten = this.#parts.tracker.listen(keys, () => this.#wake());
  }

  #refresh(): void {
    if (this.#held.size === 0) return;
    this.#identity.refresh().catch((error) => this.#parts.log('debug', String(error)));
  }
}

/** The receipts answered with 1; none where there is no answer. */
function ours(receipts: readonly string[], reply: Reply): ReadonlySet<string> {
  return new Set(reply === null ? [] : receipts.filter((_, i) => (reply as readonly Reply[])[i] === 1));
}

function parts<T>(all: readonly T[]): T[][] {
  const result: T[][] = [];
  for (let at = 0; at < all.length; at += SETTLE_LIMIT) result.push(all.slice(at, at + SETTLE_LIMIT));
  return result;
}
