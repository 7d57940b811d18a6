import type { Settlement } from '@lovage/contracts';
import type { ClaimStore } from '@lovage/contracts/kit';
import type { Session } from '../session.ts';
import { claim, claimable, nextChance } from './claims.ts';
import { endLease, extendLease, type LapsedLease } from './leases.ts';
import { readReceipt } from './receipts.ts';
import { prepareSettlement, settle } from './settle.ts';

/** An idle claim looks this often, in ms, even if nothing has told it to. */
const IDLE_MS = 5000;

/** What this process knows of one of its consumers. */
interface Holding {
  /** Opened by the first claim that finds something. */
  lease: number | undefined;
  /** Receipts of what is out and not yet being settled. */
  readonly receipts: Set<string>;
}

/** The consumers' side of the broker; `pullConsumer` adds the waiting. */
export function claimStore(database: Session): ClaimStore {
  const holdings = new Map<string, Holding>();
  let turn = 0;

  return {
    pollMs: IDLE_MS,
    onWake: (wake) => database.changes.on('messages', wake),

    async claim({ consumer, queues, max, leaseMs }) {
      const nothing = () => ({ deliveries: [], nextDueAt: nextChance(database, queues) });
      const now = Date.now();
      const idle = await database.read(() => (claimable(database, queues, now) ? undefined : nothing()));
      if (idle) return idle;
      // Each claim begins with another queue: a long one must not starve the next.
      turn += 1;
      const first = turn % queues.length;
      const order = [...queues.slice(first), ...queues.slice(0, first)];
      const holding = holdingOf(consumer);
      const { deliveries, lease, lapsed } = await database.write(() =>
        claim(database, { consumer, lease: holding.lease, queues: order, max, leaseMs }),
      );
      holding.lease = lease;
      for (const { receipt } of deliveries) holding.receipts.add(receipt);
      for (const each of lapsed) report(each);
      return deliveries.length > 0 ? { deliveries } : database.read(nothing);
    },

    async renew(consumer, receipts, leaseMs) {
      const holding = holdingOf(consumer);
      const held = receipts.filter((receipt) => holding.receipts.has(receipt));
      const leases = new Set(held.map((receipt) => readReceipt(receipt).lease));
      const extended = await database.write(() => {
        const until = Date.now() + leaseMs;
        return new Set([...leases].filter((lease) => extendLease(database, lease, until)));
      });
      const kept = new Set(held.filter((receipt) => extended.has(readReceipt(receipt).lease)));
      for (const receipt of held) if (!kept.has(receipt)) holding.receipts.delete(receipt);
      return kept;
    },

    async settle(consumer, settlements) {
      const { receipts } = holdingOf(consumer);
      // Let go of them now: of two settlements of one delivery the second must find nothing.
      const ours = settlements.filter(({ delivery }: Settlement) => receipts.delete(delivery.receipt));
      try {
        const prepared = ours.map(prepareSettlement);
        return await database.write(() => settle(database, prepared));
      } catch (error) {
        for (const { delivery } of ours) receipts.add(delivery.receipt);
        throw error;
      }
    },

    async leave(consumer) {
      const lease = holdings.get(consumer)?.lease;
      holdings.delete(consumer);
      if (lease !== undefined) await database.write(() => endLease(database, lease, false));
    },
  };

  function holdingOf(consumer: string): Holding {
    let holding = holdings.get(consumer);
    if (!holding) {
      holding = { lease: undefined, receipts: new Set() };
      holdings.set(consumer, holding);
    }
    return holding;
  }

  function report({ consumer, messages }: LapsedLease): void {
    if (messages > 0)
      database.options.log('warn', `consumer ${consumer} fell silent: gave back its ${messages} messages`);
  }
}
