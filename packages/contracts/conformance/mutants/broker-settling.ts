import type { Settlement } from '../../src/index.ts';
import { type BrokerMutant, consumerMutant, settlementMutant, without } from './broker-parts.ts';
import { TOO_LONG_MS } from './mutant.ts';

/** Released as if sent anew. */
function sentAnew({ delivery }: Settlement, priority = delivery.envelope.priority): Settlement {
  const envelope = priority === undefined ? delivery.envelope : { ...delivery.envelope, priority };
  return { kind: 'done', delivery, followUps: [{ queue: delivery.queue, envelope }] };
}

/** Endings that end otherwise. */
export const settleMutants: readonly BrokerMutant[] = [
  settlementMutant('gives back what is done', 'a message is claimed, done, gone', (each) =>
    each.kind === 'done' ? { kind: 'release', delivery: each.delivery } : each,
  ),
  settlementMutant('releases to the back', 'release gives it back near the head', (each) =>
    each.kind === 'release' ? sentAnew(each) : each,
  ),
  settlementMutant('counts every release', 'release does not count, but marks it redelivered', (each) =>
    each.kind === 'release' ? { ...each, lost: true } : each,
  ),
  settlementMutant('counts no release', 'release as lost counts, exactly', (each) =>
    each.kind === 'release' ? without(each, 'lost') : each,
  ),
  settlementMutant('releases as most urgent', 'a released message keeps its priority', (each) =>
    each.kind === 'release' ? sentAnew(each, 9) : each,
  ),
  settlementMutant(
    'gives back what is deferred',
    'defer hides it until it is due, as if it had never been out',
    (each) => (each.kind === 'defer' ? { kind: 'release', delivery: each.delivery } : each),
  ),
  settlementMutant(
    'drops what is deferred',
    'defer hides it until it is due, as if it had never been out',
    (each) => (each.kind === 'defer' ? { kind: 'done', delivery: each.delivery } : each),
  ),
  settlementMutant('gives back what is rejected', 'reject drops', (each) =>
    each.kind === 'reject' ? { kind: 'release', delivery: each.delivery } : each,
  ),
  settlementMutant('drops what is rejected', 'reject goes to the dead-letter queue', (each) =>
    each.kind === 'reject' ? { kind: 'done', delivery: each.delivery } : each,
  ),
  consumerMutant('says that everything was settled', 'settling twice does nothing twice', (consumer) => ({
    async settle(settlements) {
      await consumer.settle(settlements);
      return [];
    },
  })),
  consumerMutant('settles the first only', 'one settle takes many kinds', (consumer) => ({
    settle: async (settlements) => consumer.settle(settlements.slice(0, 1)),
  })),
  consumerMutant('settles a hundred at most', 'hundreds are settled in one call', (consumer) => ({
    settle: async (settlements) => consumer.settle(settlements.slice(0, 100)),
  })),
  consumerMutant('takes its time to say done', 'depth counts', () => ({ settle: async () => [] })),

  settlementMutant('forgets what follows', 'done publishes what follows, in order, to any queue', (each) =>
    each.kind === 'done' ? without(each, 'followUps') : each,
  ),
  settlementMutant(
    'turns round what follows',
    'done publishes what follows, in order, to any queue',
    (each) =>
      each.kind === 'done' && each.followUps ? { ...each, followUps: each.followUps.toReversed() } : each,
  ),
  settlementMutant('wakes nobody for what follows', 'a waiting claim hears of what follows', (each) =>
    each.kind === 'done' && each.followUps
      ? {
          ...each,
          followUps: each.followUps.map((message) => ({ ...message, notBefore: Date.now() + TOO_LONG_MS })),
        }
      : each,
  ),
  settlementMutant('forgets records', 'done stores the records it carries', (each) =>
    each.kind === 'done' ? without(each, 'records') : each,
  ),
  settlementMutant('tells nobody of records', 'who watches hears of records that done carries', (each) =>
    each.kind === 'done' ? without(each, 'records') : each,
  ),
  settlementMutant('stores the last record first', 'done stores the records it carries', (each) =>
    each.kind === 'done' && each.records
      ? { ...each, records: each.records.map((record) => ({ ...record, state: 'STARTED', final: false })) }
      : each,
  ),
  consumerMutant(
    'publishes what follows before it looks',
    'a settlement that comes too late stores and publishes nothing',
    (consumer, _options, broker) => ({
      async settle(settlements) {
        for (const each of settlements) if (each.kind === 'done') await broker.publish(each.followUps ?? []);
        return consumer.settle(
          settlements.map((each) => (each.kind === 'done' ? without(each, 'followUps') : each)),
        );
      },
    }),
  ),
];
