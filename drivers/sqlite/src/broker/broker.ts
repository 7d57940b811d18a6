import type { Broker, BrokerTraits, Consumer } from '@lovage/contracts';
import { pullConsumer } from '@lovage/contracts/kit';
import type { Session } from '../session.ts';
import { claimStore } from './claim-store.ts';
import { delayed, hasten, peek, purge, trim } from './overview.ts';
import { declare, depth, insert, promote } from './queues.ts';
import { toRow } from './rows.ts';

const TRAITS: BrokerTraits = {
  lease: 'timed',
  priorities: true,
  unprioritised: 'last',
  delayPrecisionMs: 20,
  atomicFollowUps: true,
  atomicResults: true,
  seesHidden: true,
  countsCrashes: true,
  foreignPeers: false,
};

/** Rows of one transaction: a call with more is written in several, in order, so that others get a turn. */
const PUBLISH_BATCH = 2000;

export function sqliteBroker(database: Session): Broker {
  const store = claimStore(database);
  const consumers = new Set<Consumer>();

  return {
    traits: TRAITS,

    declare: (queues) =>
      database.write(() => {
        for (const queue of queues) declare(database, queue);
      }),

    async publish(messages) {
      const rows = messages.map(toRow);
      for (let from = 0; from < rows.length; from += PUBLISH_BATCH) {
        const batch = rows.length <= PUBLISH_BATCH ? rows : rows.slice(from, from + PUBLISH_BATCH);
        await database.write(() => insert(database, batch, Date.now()));
      }
    },

    async consume(options) {
      await database.open();
      const consumer = pullConsumer(store, options, {
        log: database.options.log,
        onClose: () => consumers.delete(consumer),
      });
      consumers.add(consumer);
      return consumer;
    },

    depth: (queues) =>
      database.read(() => {
        const now = Date.now();
        return queues.map((queue) => depth(database, queue, now));
      }),

    async peek(queue, limit) {
      await database.write(() => promote(database, queue, Date.now()));
      return database.read(() => peek(database, queue, limit));
    },

    delayed: (queue, limit) => database.read(() => delayed(database, queue, limit, Date.now())),

    hasten: (queue, limit) => database.write(() => hasten(database, queue, limit)),

    purge: (queue) => purge(database, queue),

    trim: (queue, keep) => trim(database, queue, keep),

    async close() {
      await Promise.allSettled([...consumers].map((consumer) => consumer.close()));
      await database.close();
    },
  };
}
