import type { Broker, Delivery } from '../../src/index.ts';
import { bodyOf } from '../broker/messages.ts';
import {
  type BrokerMutant,
  brokerMutant,
  consumerMutant,
  deliveryMutant,
  optionsMutant,
  without,
} from './broker-parts.ts';
import { altered, TOO_LONG_MS } from './mutant.ts';

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** What every consumer of one world has handed out last, by queue. */
const handedOut = new Map<string, Delivery>();

/** Claiming, waiting, keeping. */
export const claimMutants: readonly BrokerMutant[] = [
  consumerMutant('claims one too many', 'claim never exceeds max', (consumer) => ({
    claim: (max, signal) => consumer.claim(max + 1, signal),
  })),
  optionsMutant('takes no notice of prefetch', 'claim never holds more than prefetch', (options) => ({
    ...options,
    prefetch: 1000,
  })),
  consumerMutant(
    'does not go on when there is room',
    'a claim that waits for room goes on when something is settled',
    (consumer, { prefetch }) => {
      let held = 0;
      return {
        async claim(max, signal) {
          if (held >= prefetch) await aborted(signal);
          const got = await consumer.claim(max, signal);
          held += got.length;
          return got;
        },
      };
    },
  ),
  consumerMutant('does not wait', 'claim waits for a message, whoever sends it', (consumer) => ({
    claim: (max, signal) => consumer.claim(max, AbortSignal.any([signal, AbortSignal.timeout(1)])),
  })),
  consumerMutant('rejects when aborted', 'an aborted claim resolves empty and loses nothing', (consumer) => ({
    async claim(max, signal) {
      const got = await consumer.claim(max, signal);
      signal.throwIfAborted();
      return got;
    },
  })),
  consumerMutant(
    'drops what it has when aborted',
    'an abort at any moment of a claim loses nothing',
    (consumer) => ({
      async claim(max, signal) {
        const got = await consumer.claim(max, signal);
        await new Promise((resolve) => setTimeout(resolve, 2));
        return signal.aborted ? [] : got;
      },
    }),
  ),
  consumerMutant('hands out one message twice', 'no two consumers get the same message', (consumer) => ({
    async claim(max, signal) {
      const [first, ...rest] = await consumer.claim(max, signal);
      if (!first) return [];
      const again = handedOut.get(first.queue);
      handedOut.set(first.queue, first);
      return again ? [again, ...rest] : [first, ...rest];
    },
  })),
  deliveryMutant('counts one too many', 'a message is claimed, done, gone', (delivery) => ({
    ...delivery,
    deliveries: delivery.deliveries + 1,
  })),
  deliveryMutant('says everything is redelivered', 'a message is claimed, done, gone', (delivery) => ({
    ...delivery,
    redelivered: true,
  })),
  deliveryMutant('alters what was released', 'what was released is the same message', (delivery) =>
    delivery.redelivered ? { ...delivery, envelope: without(delivery.envelope, 'priority') } : delivery,
  ),
  consumerMutant(
    'looks into the first queue first',
    'a backlog in one queue does not starve another',
    (consumer, options, broker) => ({
      async claim(max, signal) {
        const depths = await broker.depth(options.queues);
        const busy = depths.find(({ ready }) => ready > 0);
        if (busy) await consumer.subscribe([busy.queue]);
        return consumer.claim(max, signal);
      },
    }),
  ),
  brokerMutant(
    'is held up by what is parked',
    'thousands of parked messages do not hold up what is ready',
    (broker) => ({
      async consume(options) {
        const consumer = await broker.consume(options);
        return altered(consumer, {
          async claim(max, signal) {
            const depths = await broker.depth(options.queues);
            if (depths.some(({ delayed }) => delayed > 1000)) await aborted(signal);
            return consumer.claim(max, signal);
          },
        });
      },
    }),
  ),

  optionsMutant('never takes over', 'a lapsed claim passes on, counted, and its owner learns', (options) => ({
    ...options,
    leaseMs: TOO_LONG_MS,
  })),
  consumerMutant(
    'says that a lapsed claim is renewed',
    'a lapsed claim passes on, counted, and its owner learns',
    (consumer) => ({
      async renew(deliveries) {
        await consumer.renew(deliveries);
        return [];
      },
    }),
  ),
  consumerMutant('does not renew', 'renewal keeps a claim', () => ({ renew: async () => [] })),
  deliveryMutant(
    'does not count what lapsed',
    'losses are counted exactly, however they came about',
    (delivery) => ({
      ...delivery,
      deliveries: 1,
    }),
  ),
  deliveryMutant(
    'does not count what a crash left',
    'a crashed process gives its claims up, counted',
    (delivery) => ({
      ...delivery,
      deliveries: 1,
    }),
  ),
  optionsMutant('gives everybody a short lease', 'only the silent lose their claims', (options) => ({
    ...options,
    leaseMs: Math.min(options.leaseMs, 250),
  })),
  consumerMutant(
    'gives up a consumer that lost something',
    'who lost a claim can go on',
    (consumer, _options, broker) => ({
      async claim(max, signal) {
        const got = await consumer.claim(max, signal);
        if (got.some((each) => bodyOf(each) === 'b')) await giveBack(broker, got);
        return got;
      },
    }),
  ),
  consumerMutant('keeps its claims when closed', 'close gives claims up at once, uncounted', () => ({
    close: async () => {},
  })),
];

/** Publish again what somebody holds, as if it had been lost. */
async function giveBack(broker: Broker, deliveries: readonly Delivery[]): Promise<void> {
  await broker.publish(deliveries.map(({ queue, envelope }) => ({ queue, envelope })));
  throw new Error('this consumer was given up');
}
