import type { Broker, BrokerTraits, Consumer } from '@lovage/contracts';
import { pullConsumer } from '@lovage/contracts/kit';
import type { Session } from '../database/session.ts';
import { Claims } from './claims.ts';
import { delayed, depths, hasten, peek, purge, trim } from './overview.ts';
import { publisher } from './publish.ts';
import { publisherIn } from './publish-in.ts';
import { Queues } from './queues.ts';
import { toRow } from './rows.ts';
import { settler } from './settle.ts';
import { readWakes, TOPIC } from './wakes.ts';

const TRAITS: BrokerTraits = {
  lease: 'timed',
  priorities: true,
  unprioritised: 'last',
  delayPrecisionMs: 50,
  atomicFollowUps: true,
  atomicResults: true,
  seesHidden: true,
  foreignPeers: false,
  transactions: true,
};

export function postgresBroker(database: Session): Broker {
  const queues = new Queues(database);
  const publish = publisher(database, queues);
  const publishIn = publisherIn(database, queues);
  const settle = settler(database, queues);
  const consumers = new Set<Consumer>();
  const stores = new Set<Claims>();
  let listening: Promise<() => void> | undefined;

  /** Once for all consumers. */
  function listen(): Promise<() => void> {
    listening ??= database.listener
      .listen(database.channel(TOPIC), {
        hear(payload) {
          const wakes = readWakes(payload);
          for (const store of stores) store.hear(wakes);
        },
        missed() {
          for (const store of stores) store.missed();
        },
      })
      .catch((error: unknown) => {
        listening = undefined;
        throw error;
      });
    return listening;
  }

  /** What is asked of one queue, which need not exist. */
  async function ofQueue<T>(name: string, otherwise: T, ask: (queue: number) => Promise<T>): Promise<T> {
    const id = (await queues.find([name])).get(name);
    return id === undefined ? otherwise : ask(id);
  }

  return {
    traits: TRAITS,

    async declare(specs) {
      await database.open();
      await queues.declare(specs);
    },

    async publish(messages, { tx } = {}) {
      const rows = messages.map(toRow);
      if (tx === undefined) await publish(rows);
      else if (rows.length > 0) await publishIn(tx, rows);
    },

    async consume(options) {
      await database.open();
      await listen();
      const store = new Claims(database, queues, settle);
      stores.add(store);
      const consumer = pullConsumer(store, options, {
        log: database.options.log,
        onClose() {
          consumers.delete(consumer);
          stores.delete(store);
        },
      });
      consumers.add(consumer);
      return consumer;
    },

    depth: async (names) => depths(database, names, await queues.find(names)),

    peek: (queue, limit) => ofQueue(queue, [], (id) => peek(database, id, limit)),

    delayed: (queue, limit) => ofQueue(queue, [], (id) => delayed(database, id, limit)),

    hasten: (queue, limit) => ofQueue(queue, 0, (id) => hasten(database, id, limit)),

    purge: (queue) => ofQueue(queue, 0, (id) => purge(database, id)),

    trim: (queue, keep) => ofQueue(queue, 0, (id) => trim(database, id, keep)),

    async close() {
      await Promise.allSettled([...consumers].map((consumer) => consumer.close()));
      const stop = await listening?.catch(() => undefined);
      listening = undefined;
      stop?.();
      await database.close();
    },
  };
}
