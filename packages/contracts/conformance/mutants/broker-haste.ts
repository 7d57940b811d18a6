import { type BrokerMutant, brokerMutant } from './broker-parts.ts';
import { altered } from './mutant.ts';

const SOONEST = 'hasten makes the soonest ready, and says how many';
const OTHERS = 'hasten leaves what is ready, claimed, or of another queue';
const AGAIN = 'a consumer that waits hears of what is hastened, and may defer it again';
const WHOLE = 'what is hastened keeps its place by priority, and all that it carries';

/** Making ready what is delayed. */
export const hasteMutants: readonly BrokerMutant[] = [
  brokerMutant('does not hasten', SOONEST, () => ({ hasten: async () => 0 })),
  brokerMutant('hastens all', SOONEST, (broker) => ({ hasten: (queue) => broker.hasten(queue, 10_000) })),
  brokerMutant('does not count what it hastens', SOONEST, (broker) => ({
    async hasten(queue, limit) {
      await broker.hasten(queue, limit);
      return limit;
    },
  })),
  brokerMutant('hastens the latest', SOONEST, (broker) => ({
    async hasten(queue, limit) {
      const all = await broker.delayed(queue, 1000);
      const ready = await broker.peek(queue, 1000);
      const hastened = Math.min(limit, all.length);
      await broker.purge(queue);
      await broker.publish([
        ...ready.map((envelope) => ({ queue, envelope })),
        ...all.slice(all.length - hastened).map(({ envelope }) => ({ queue, envelope })),
        ...all.slice(0, all.length - hastened).map((each) => ({ queue, ...each })),
      ]);
      return hastened;
    },
  })),
  brokerMutant('counts what is ready as hastened', OTHERS, (broker) => ({
    async hasten(queue, limit) {
      const [depth] = await broker.depth([queue]);
      return (await broker.hasten(queue, limit)) + (limit > 0 ? (depth?.ready ?? 0) : 0);
    },
  })),
  brokerMutant('hastens every queue', OTHERS, (broker) => {
    const seen = new Set<string>();
    return {
      async publish(messages) {
        for (const { queue } of messages) seen.add(queue);
        await broker.publish(messages);
      },
      async hasten(queue, limit) {
        const count = await broker.hasten(queue, limit);
        for (const each of seen) await broker.hasten(each, limit);
        return count;
      },
    };
  }),
  brokerMutant('hastens to the head of all', WHOLE, (broker) => ({
    async hasten(queue, limit) {
      const soon = (await broker.delayed(queue, limit)).map(({ envelope }) => envelope);
      const ready = await broker.peek(queue, 1000);
      await broker.purge(queue);
      await broker.publish([...ready, ...soon].map(({ priority: _, ...envelope }) => ({ queue, envelope })));
      return soon.length;
    },
  })),
  (() => {
    // Whoever hastens need not be the one that takes.
    let hastened = false;
    return brokerMutant('drops what is deferred after it was hastened', AGAIN, (broker) => ({
      async hasten(queue, limit) {
        hastened = true;
        return broker.hasten(queue, limit);
      },
      async consume(options) {
        const consumer = await broker.consume(options);
        return altered(consumer, {
          settle: (settlements) =>
            consumer.settle(
              settlements.map((each) =>
                each.kind === 'defer' && hastened ? { kind: 'done', delivery: each.delivery } : each,
              ),
            ),
        });
      },
    }));
  })(),
  brokerMutant('wakes nobody when it hastens', AGAIN, (broker) => ({
    async hasten(queue, limit) {
      const soon = await broker.delayed(queue, limit);
      return soon.length;
    },
  })),
];
