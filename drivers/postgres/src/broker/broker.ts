import type { Broker, Consumer } from '@lovage/contracts';
import { pullConsumer } from '@lovage/contracts/kit';
import type { Session } from '../database/session.ts';
import { Claims } from './claims.ts';
import { ownTables } from './own-tables.ts';
import type { BrokerTables, TakenRow } from './tables.ts';
import { readWakes } from './wakes.ts';

export function postgresBroker(database: Session): Broker {
  return brokerOver(database, ownTables(database));
}

/** A broker whose messages are in these tables. */
export function brokerOver<Row extends TakenRow>(database: Session, tables: BrokerTables<Row>): Broker {
  const { queues } = tables;
  const consumers = new Set<Consumer>();
  const stores = new Set<Claims<Row>>();
  let listening: Promise<() => void> | undefined;

  /** Once for all consumers. */
  function listen(): Promise<() => void> {
    listening ??= database.listener
      .listen(database.channel(tables.topic), {
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
    traits: tables.traits,

    async declare(specs) {
      await database.open();
      await queues.declare(specs);
    },

    async publish(messages, { tx } = {}) {
      await tables.publish(messages, tx);
    },

    async consume(options) {
      await database.open();
      await listen();
      const store = new Claims(database, tables);
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

    depth: async (names) => tables.depths(names, await queues.find(names)),

    peek: (queue, limit) => ofQueue(queue, [], (id) => tables.peek(id, limit)),

    delayed: (queue, limit) => ofQueue(queue, [], (id) => tables.delayed(id, limit)),

    hasten: (queue, limit) => ofQueue(queue, 0, (id) => tables.hasten(id, limit)),

    purge: (queue) => ofQueue(queue, 0, (id) => tables.purge(id)),

    trim: (queue, keep) => ofQueue(queue, 0, (id) => tables.trim(id, keep)),

    async close() {
      await Promise.allSettled([...consumers].map((consumer) => consumer.close()));
      await tables.finish?.();
      const stop = await listening?.catch(() => undefined);
      listening = undefined;
      stop?.();
      await database.close();
    },
  };
}
