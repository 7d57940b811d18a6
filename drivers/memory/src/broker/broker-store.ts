import type {
  DelayedMessage,
  Delivery,
  Envelope,
  OutgoingMessage,
  QueueDepth,
  QueueSpec,
  Settlement,
} from '@lovage/contracts';
import type { ClaimAnswer, ClaimRequest, ClaimStore } from '@lovage/contracts/kit';
import type { ResultStore } from '../results/result-store.ts';
import { type Claim, Claims } from './claims.ts';
import { MemoryQueue } from './memory-queue.ts';

/**
 * The queues that all brokers of one hub share. Nothing here awaits, so every method is one transaction:
 * no other code of this process sees it half done.
 */
export class BrokerStore implements ClaimStore {
  /** Wakes cannot get lost within a process; this is against a clock that is set. */
  readonly pollMs = 1000;
  readonly #queues = new Map<string, MemoryQueue>();
  readonly #claims = new Claims();
  readonly #wakes = new Set<() => void>();
  readonly #results: ResultStore;

  constructor(results: ResultStore) {
    this.#results = results;
  }

  declare(specs: readonly QueueSpec[]): void {
    for (const { name, deadLetter } of specs) {
      const queue = this.#queue(name);
      if (deadLetter !== undefined) queue.deadLetter = deadLetter;
    }
  }

  publish(messages: readonly OutgoingMessage[]): void {
    this.#add(messages);
    this.#wake();
  }

  depth(name: string): QueueDepth {
    const queue = this.#look(name);
    return {
      queue: name,
      ready: queue?.ready ?? 0,
      delayed: queue?.delayed ?? 0,
      claimed: queue?.claimed ?? 0,
    };
  }

  peek(name: string, limit: number): Envelope[] {
    const envelopes: Envelope[] = [];
    for (const { envelope } of this.#look(name)?.inOrder() ?? []) {
      if (envelopes.length >= limit) break;
      envelopes.push(envelope);
    }
    return envelopes;
  }

  delayed(name: string, limit: number): DelayedMessage[] {
    return this.#look(name)?.soonest(limit) ?? [];
  }

  hasten(name: string, limit: number): number {
    const hastened = this.#look(name)?.hasten(limit) ?? 0;
    if (hastened > 0) this.#wake();
    return hastened;
  }

  purge(name: string): number {
    return this.#queues.get(name)?.purge() ?? 0;
  }

  trim(name: string, keep: number): number {
    return this.#look(name)?.trim(keep) ?? 0;
  }

  async claim({ consumer, queues, max, leaseMs }: ClaimRequest): Promise<ClaimAnswer> {
    const now = Date.now();
    this.#claims.expire(now);
    const deliveries: Delivery[] = [];
    let willing = this.#inTurn(consumer, queues);
    for (const { queue } of willing) queue.ripen(now);
    // One from each queue at a time, so that a backlog in one does not starve another.
    while (deliveries.length < max && willing.length > 0) {
      willing = willing.filter(({ name, queue }) => {
        const item = deliveries.length < max ? queue.take() : undefined;
        if (!item) return false;
        const receipt = this.#claims.add(consumer, { item, queue }, now + leaseMs);
        const { envelope, losses, redelivered } = item;
        deliveries.push({ queue: name, envelope, deliveries: losses + 1, redelivered, receipt });
        return true;
      });
    }
    return { deliveries, nextDueAt: this.#nextDueAt(queues) };
  }

  async renew(consumer: string, receipts: readonly string[], leaseMs: number): Promise<ReadonlySet<string>> {
    const now = Date.now();
    this.#claims.expire(now);
    return this.#claims.renew(consumer, receipts, now + leaseMs);
  }

  async settle(consumer: string, settlements: readonly Settlement[]): Promise<ReadonlySet<string>> {
    this.#claims.expire(Date.now());
    const settled = new Set<string>();
    // What is given back goes to the head of its line: the last first, so that the first stays first.
    for (const settlement of settlements.toReversed()) {
      if (settlement.kind !== 'release') continue;
      const claim = this.#claims.remove(consumer, settlement.delivery.receipt);
      if (!claim) continue;
      claim.queue.putBack(claim.item, settlement.lost ?? false);
      settled.add(settlement.delivery.receipt);
    }
    for (const settlement of settlements) {
      if (settlement.kind === 'release') continue;
      const claim = this.#claims.remove(consumer, settlement.delivery.receipt);
      if (!claim) continue;
      settled.add(settlement.delivery.receipt);
      if (settlement.kind === 'reject') this.#bury(claim);
      else if (settlement.kind === 'defer') {
        claim.queue.add(claim.item.envelope, settlement.notBefore, Date.now());
      } else {
        if (settlement.records) this.#results.store(settlement.records);
        if (settlement.followUps) this.#add(settlement.followUps);
      }
    }
    this.#wake();
    return settled;
  }

  async leave(consumer: string): Promise<void> {
    this.#claims.leave(consumer);
    this.#wake();
  }

  onWake(wake: () => void): () => void {
    this.#wakes.add(wake);
    return () => void this.#wakes.delete(wake);
  }

  #add(messages: readonly OutgoingMessage[]): void {
    const now = Date.now();
    for (const { queue, envelope, notBefore } of messages) this.#queue(queue).add(envelope, notBefore, now);
  }

  #bury({ item, queue }: Claim): void {
    if (queue.deadLetter !== undefined) this.#queue(queue.deadLetter).add(item.envelope, undefined, 0);
  }

  #wake(): void {
    for (const wake of this.#wakes) wake();
  }

  #queue(name: string): MemoryQueue {
    let queue = this.#queues.get(name);
    if (!queue) {
      queue = new MemoryQueue();
      this.#queues.set(name, queue);
    }
    return queue;
  }

  /** A queue as it is now: what has lapsed is back, what is due is ready. */
  #look(name: string): MemoryQueue | undefined {
    const now = Date.now();
    this.#claims.expire(now);
    const queue = this.#queues.get(name);
    queue?.ripen(now);
    return queue;
  }

  /** The queues that exist, another one first each time. */
  #inTurn(consumer: string, names: readonly string[]): { name: string; queue: MemoryQueue }[] {
    const found = names.flatMap((name) => {
      const queue = this.#queues.get(name);
      return queue ? [{ name, queue }] : [];
    });
    const first = found.length > 1 ? this.#claims.nextRotation(consumer) % found.length : 0;
    return [...found.slice(first), ...found.slice(0, first)];
  }

  #nextDueAt(names: readonly string[]): number {
    const dues = names.map((name) => this.#queues.get(name)?.nextDue ?? Infinity);
    return Math.min(this.#claims.nextLapse, ...dues);
  }
}
