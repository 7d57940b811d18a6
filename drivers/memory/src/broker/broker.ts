import type { Broker, BrokerTraits, Consumer } from '@lovage/contracts';
import { pullConsumer } from '@lovage/contracts/kit';
import { Door } from '../door.ts';
import type { BrokerStore } from './broker-store.ts';

const TRAITS: BrokerTraits = {
  lease: 'timed',
  priorities: true,
  unprioritised: 'last',
  delayPrecisionMs: 10,
  atomicFollowUps: true,
  atomicResults: true,
  foreignPeers: false,
  seesHidden: true,
  countsCrashes: true,
};

/** One way in to the queues of a hub. */
export function memoryBroker(store: BrokerStore): Broker {
  const door = new Door('this memory broker');
  const consumers = new Set<Consumer>();

  return {
    traits: TRAITS,

    async declare(queues) {
      door.assertOpen();
      store.declare(queues);
    },

    async publish(messages) {
      door.assertOpen();
      store.publish(messages);
    },

    async consume(options) {
      door.assertOpen();
      const consumer: Consumer = pullConsumer(store, options, { onClose: () => consumers.delete(consumer) });
      consumers.add(consumer);
      return consumer;
    },

    async depth(queues) {
      door.assertOpen();
      return queues.map((queue) => store.depth(queue));
    },

    async peek(queue, limit) {
      door.assertOpen();
      return store.peek(queue, limit);
    },

    async delayed(queue, limit) {
      door.assertOpen();
      return store.delayed(queue, limit);
    },

    async hasten(queue, limit) {
      door.assertOpen();
      return store.hasten(queue, limit);
    },

    async purge(queue) {
      door.assertOpen();
      return store.purge(queue);
    },

    async trim(queue, keep) {
      door.assertOpen();
      return store.trim(queue, keep);
    },

    async close() {
      door.shut();
      await Promise.all([...consumers].map((consumer) => consumer.close()));
    },
  };
}
