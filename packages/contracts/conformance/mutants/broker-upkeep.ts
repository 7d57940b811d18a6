import type { Broker, Consumer, DelayedMessage, Delivery } from '../../src/index.ts';
import { type BrokerMutant, brokerMutant } from './broker-parts.ts';
import { altered } from './mutant.ts';

const SOONEST = 'delayed shows the soonest first, and leaves them';
const WHOLE = 'delayed shows messages whole, and when they are due';
const DEFERRED = 'delayed shows what was deferred, with its new time';
const GONE = 'what has fallen due and been claimed is not delayed any more';
const SEEN = 'what falls due is seen all the time, as delayed or as ready';
const OLDEST = 'trim drops the oldest and says how many';
const HELD = 'trim leaves what is claimed or delayed';
const URGENT = 'trim drops the least urgent first';
const OTHERS = 'trim leaves other queues alone';
const RACE = 'several that trim at once drop no more than one would';

/** Broken in what it shows of all that is delayed. */
function shownMutant(
  name: string,
  noticedBy: string,
  change: (all: readonly DelayedMessage[], limit: number) => readonly DelayedMessage[],
): BrokerMutant {
  return brokerMutant(name, noticedBy, (broker) => ({
    delayed: async (queue, limit) => change(await broker.delayed(queue, 1000), limit),
  }));
}

/** Notes what its consumers hold. */
function holding(broker: Broker): {
  readonly held: [Consumer, Delivery][];
  readonly consume: Broker['consume'];
} {
  const held: [Consumer, Delivery][] = [];
  return {
    held,
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
  };
}

/** Looking at what is delayed, and trimming. */
export const upkeepMutants: readonly BrokerMutant[] = [
  shownMutant('shows the latest first', SOONEST, (all, limit) => all.toReversed().slice(0, limit)),
  shownMutant('shows the urgent first', SOONEST, (all, limit) =>
    all.toSorted((a, b) => (b.envelope.priority ?? 0) - (a.envelope.priority ?? 0)).slice(0, limit),
  ),
  shownMutant('shows all that is delayed', SOONEST, (all) => all),
  brokerMutant('shows what is ready too', SOONEST, (broker) => ({
    async delayed(queue, limit) {
      const ready = (await broker.peek(queue, limit)).map((envelope) => ({ envelope, notBefore: 0 }));
      return [...(await broker.delayed(queue, limit)), ...ready].slice(0, limit);
    },
  })),
  brokerMutant('drops what it shows of the delayed', SOONEST, (broker) => ({
    async delayed(queue, limit) {
      const found = await broker.delayed(queue, limit);
      await broker.purge(queue);
      return found;
    },
  })),
  shownMutant('shows whole seconds', WHOLE, (all, limit) =>
    all.slice(0, limit).map((each) => ({ ...each, notBefore: Math.floor(each.notBefore / 7000) * 7000 })),
  ),
  shownMutant('shows no headers', WHOLE, (all, limit) =>
    all.slice(0, limit).map((each) => ({ ...each, envelope: { ...each.envelope, headers: {} } })),
  ),
  (() => {
    const published = new Set<string>();
    return brokerMutant('shows only what was published with a delay', DEFERRED, (broker) => ({
      async publish(messages) {
        for (const each of messages) if (each.notBefore !== undefined) published.add(each.envelope.id);
        await broker.publish(messages);
      },
      delayed: async (queue, limit) =>
        (await broker.delayed(queue, limit)).filter(({ envelope }) => published.has(envelope.id)),
    }));
  })(),
  (() => {
    const ever: DelayedMessage[] = [];
    return brokerMutant('shows what was ever delayed', GONE, (broker) => ({
      async publish(messages) {
        await broker.publish(messages);
        for (const { envelope, notBefore } of messages) if (notBefore) ever.push({ envelope, notBefore });
      },
      delayed: async () => ever,
    }));
  })(),
  brokerMutant('hides what is almost due', SEEN, (broker) => ({
    delayed: async (queue, limit) =>
      (await broker.delayed(queue, limit)).filter(({ notBefore }) => notBefore > Date.now() + 400),
  })),

  brokerMutant('trims the newest', OLDEST, (broker) => ({
    async trim(queue, keep) {
      const all = await broker.peek(queue, 10_000);
      await broker.trim(queue, 0);
      await broker.publish(all.slice(0, keep).map((envelope) => ({ queue, envelope })));
      return Math.max(0, all.length - keep);
    },
  })),
  brokerMutant('does not count what it trims', OLDEST, (broker) => ({
    async trim(queue, keep) {
      await broker.trim(queue, keep);
      return 0;
    },
  })),
  brokerMutant('does not trim', OLDEST, () => ({ trim: async () => 0 })),
  brokerMutant('keeps one at least', OLDEST, (broker) => ({
    trim: async (queue, keep) => broker.trim(queue, Math.max(1, keep)),
  })),
  brokerMutant('trims what is claimed', HELD, (broker) => {
    const { held, consume } = holding(broker);
    return {
      consume,
      async trim(queue, keep) {
        for (const [consumer, delivery] of held) await consumer.settle([{ kind: 'done', delivery }]);
        return broker.trim(queue, keep);
      },
    };
  }),
  brokerMutant('counts the claimed among those it keeps', HELD, (broker) => ({
    async trim(queue, keep) {
      const [depth] = await broker.depth([queue]);
      return broker.trim(queue, Math.max(0, keep - (depth?.claimed ?? 0)));
    },
  })),
  brokerMutant('trims the most urgent', URGENT, (broker) => ({
    async trim(queue, keep) {
      const all = await broker.peek(queue, 10_000);
      await broker.trim(queue, 0);
      const kept = all.slice(Math.max(0, all.length - keep));
      await broker.publish(kept.map((envelope) => ({ queue, envelope })));
      return all.length - kept.length;
    },
  })),
  brokerMutant('trims every queue', OTHERS, (broker) => {
    const declared: string[] = [];
    return {
      async declare(queues) {
        declared.push(...queues.map(({ name }) => name));
        await broker.declare(queues);
      },
      async trim(queue, keep) {
        const gone = await broker.trim(queue, keep);
        for (const each of declared) await broker.trim(each, keep);
        return gone;
      },
    };
  }),
  brokerMutant('counts before it trims', RACE, (broker) => ({
    async trim(queue, keep) {
      const [depth] = await broker.depth([queue]);
      await broker.trim(queue, keep);
      return Math.max(0, (depth?.ready ?? 0) - keep);
    },
  })),
];
