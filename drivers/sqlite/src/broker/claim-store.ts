import type { ClaimStore } from '@lovage/contracts/kit';
import type { Session } from '../session.ts';
import { claim, claimable, nextChance } from './claims.ts';
import { endLease, extendLease, type LapsedLease } from './leases.ts';
import { leaseOf } from './receipts.ts';
import { prepareSettlement, settle } from './settle.ts';

/** An idle claim looks this often, in ms, even if nothing has told it to. */
const IDLE_MS = 5000;

/** The consumers' side of the broker; `pullConsumer` adds the waiting. */
export function claimStore(database: Session): ClaimStore {
  /** Consumer to its lease. A lease is opened by the first claim that finds something. */
  const leases = new Map<string, number>();
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
      const lease = leases.get(consumer);
      const { lapsed, ...claimed } = await database.write(() =>
        claim(database, { consumer, lease, queues: order, max, leaseMs }),
      );
      if (claimed.lease !== undefined) leases.set(consumer, claimed.lease);
      for (const each of lapsed) report(each);
      return claimed.deliveries.length > 0 ? { deliveries: claimed.deliveries } : database.read(nothing);
    },

    async renew(_consumer, receipts, leaseMs) {
      const held = new Set(receipts.map(leaseOf));
      const extended = await database.write(() => {
        const until = Date.now() + leaseMs;
        return new Set([...held].filter((lease) => extendLease(database, lease, until)));
      });
      return new Set(receipts.filter((receipt) => extended.has(leaseOf(receipt))));
    },

    async settle(_consumer, settlements) {
      const prepared = settlements.map(prepareSettlement);
      return database.write(() => settle(database, prepared));
    },

    async leave(consumer) {
      const lease = leases.get(consumer);
      leases.delete(consumer);
      if (lease !== undefined) await database.write(() => endLease(database, lease, false));
    },
  };

  function report({ consumer, messages }: LapsedLease): void {
    if (messages > 0)
      database.options.log('warn', `consumer ${consumer} fell silent: gave back its ${messages} messages`);
  }
}
