import type { Consumer, Delivery } from '../../src/index.ts';
import { type BrokerMutant, brokerMutant, consumerMutant } from './broker-parts.ts';
import { altered } from './mutant.ts';

/** Queues, and the end. */
export const queueMutants: readonly BrokerMutant[] = [
  consumerMutant('takes no notice of subscribe', 'subscribe changes the queues', () => ({
    subscribe: async () => {},
  })),
  consumerMutant('subscribes from the next claim on', 'subscribe reaches a claim that waits', (consumer) => {
    let next: readonly string[] | undefined;
    return {
      subscribe: async (queues) => {
        next = queues;
      },
      async claim(max, signal) {
        if (next) await consumer.subscribe(next);
        return consumer.claim(max, signal);
      },
    };
  }),
  brokerMutant('consumes some queue rather than none', 'subscribed to nothing, a claim waits', (broker) => {
    const declared: string[] = [];
    return {
      async declare(queues) {
        declared.push(...queues.map(({ name }) => name));
        await broker.declare(queues);
      },
      consume: async (options) =>
        broker.consume(options.queues.length > 0 ? options : { ...options, queues: declared }),
    };
  }),
  brokerMutant('counts the claimed as ready', 'depth counts', (broker) => ({
    depth: async (queues) =>
      (await broker.depth(queues)).map((each) => ({ ...each, ready: each.ready + each.claimed })),
  })),
  brokerMutant(
    'leaves out empty queues',
    'depth answers in the order asked; an unknown queue is empty',
    (broker) => ({
      depth: async (queues) => (await broker.depth(queues)).filter((each) => each.ready > 0),
    }),
  ),
  brokerMutant('sorts by name', 'depth answers in the order asked; an unknown queue is empty', (broker) => ({
    depth: async (queues) => broker.depth(queues.toSorted()),
  })),
  brokerMutant('peeks from behind', 'peek shows what would come next, and leaves it', (broker) => ({
    peek: async (queue, limit) => (await broker.peek(queue, 1000)).toReversed().slice(0, limit),
  })),
  brokerMutant('takes what it peeks at', 'peek shows what would come next, and leaves it', (broker) => ({
    async peek(queue, limit) {
      const seen = await broker.peek(queue, limit);
      await broker.purge(queue);
      return seen;
    },
  })),
  brokerMutant('peeks in order of arrival', 'peek shows the urgent first', (broker) => ({
    peek: async (queue, limit) =>
      (await broker.peek(queue, 1000))
        .toSorted((a, b) => (a.priority ?? 0) - (b.priority ?? 0))
        .slice(0, limit),
  })),
  brokerMutant(
    'does not count what it purges',
    'purge drops what is ready or delayed, not what is claimed',
    (broker) => ({
      async purge(queue) {
        await broker.purge(queue);
        return 0;
      },
    }),
  ),
  brokerMutant(
    'purges what is claimed',
    'purge drops what is ready or delayed, not what is claimed',
    (broker) => {
      const held: [Consumer, Delivery][] = [];
      return {
        async consume(options) {
          const consumer = await broker.consume(options);
          return altered(consumer, {
            async claim(max, signal) {
              const got = await consumer.claim(max, signal);
              held.push(...got.map((each): [Consumer, Delivery] => [consumer, each]));
              return got;
            },
          });
        },
        async purge(queue) {
          for (const [consumer, delivery] of held) await consumer.settle([{ kind: 'done', delivery }]);
          return broker.purge(queue);
        },
      };
    },
  ),
  brokerMutant('purges every queue', 'purge leaves other queues alone', (broker) => {
    const declared: string[] = [];
    return {
      async declare(queues) {
        declared.push(...queues.map(({ name }) => name));
        await broker.declare(queues);
      },
      async purge(queue) {
        const gone = await broker.purge(queue);
        for (const each of declared) await broker.purge(each);
        return gone;
      },
    };
  }),
  brokerMutant('empties what it declares', 'declare may race and repeat', (broker) => ({
    async declare(queues) {
      await broker.declare(queues);
      for (const { name } of queues) await broker.purge(name);
    },
  })),

  consumerMutant(
    'leaves its claim waiting when closed',
    'closing a consumer ends its waiting claim',
    (consumer) => ({
      claim: async (max, signal) => {
        const got = await consumer.claim(max, signal);
        if (got.length > 0 || signal.aborted) return got;
        return new Promise((resolve) => signal.addEventListener('abort', () => resolve([])));
      },
    }),
  ),
  consumerMutant(
    'claims nothing after close',
    "a closed consumer's calls reject with 'closed'; closing again is fine",
    (consumer) => {
      let closed = false;
      return {
        claim: async (max, signal) => (closed ? [] : consumer.claim(max, signal)),
        async close() {
          closed = true;
          await consumer.close();
        },
      };
    },
  ),
  brokerMutant(
    'leaves consumers open',
    'closing a broker closes its consumers and gives their claims up',
    () => ({
      close: async () => {},
    }),
  ),
  brokerMutant(
    'swallows what is published after close',
    "a closed broker's calls reject with 'closed'; closing again is fine",
    (broker) => ({
      publish: async (messages) => broker.publish(messages).catch(() => {}),
    }),
  ),
];
