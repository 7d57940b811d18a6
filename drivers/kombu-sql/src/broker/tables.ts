import type { BrokerTraits } from '@lovage/contracts';
import { announceReady, type BrokerTables, publisher, type Session } from '@lovage/postgres/kit';
import { kombuCourier } from './courier.ts';
import { kombuLeases } from './leases.ts';
import { delayed, depths, hasten, peek, purge, trim } from './overview.ts';
import { readPayload } from './payload.ts';
import { publisherIn } from './publish.ts';
import { KombuQueues } from './queues.ts';
import { settler } from './settle.ts';
import { type KombuRow, kombuHeads } from './take.ts';
import { keepUp, Sweeper } from './upkeep.ts';
import { TOPIC } from './wakes.ts';

const TRAITS: BrokerTraits = {
  lease: 'timed',
  priorities: false,
  unprioritised: 'last',
  delayPrecisionMs: 50,
  atomicFollowUps: true,
  atomicResults: true,
  seesHidden: true,
  countsCrashes: true,
  foreignPeers: true,
  transactions: true,
};

/** Between looks of a consumer that is told of our messages, but not of Python's; kombu itself looks each second. */
const POLL_MS = 250;

/** The same session, which looks more often. */
export function polling(session: Session): Session {
  return Object.create(session, {
    pollMs: { get: () => session.options.pollMs ?? Math.min(session.pollMs, POLL_MS) },
  }) as Session;
}

/** kombu's tables, and ours beside them. */
export function kombuTables(database: Session): BrokerTables<KombuRow> {
  const queues = new KombuQueues(database);
  const sweeper = new Sweeper(database);
  const courier = kombuCourier(database, queues, sweeper);
  const publish = publisher(database, courier);
  const publishIn = publisherIn(database, queues);

  return {
    traits: TRAITS,
    topic: TOPIC,
    queues,
    leases: kombuLeases(database),
    settle: settler(database, queues),
    heads: () => kombuHeads(database),
    read: ({ payload }) => readPayload(payload),
    keepUp: () => keepUp(database),
    announceReady: (ready) => announceReady(database, ready, TOPIC),
    async publish(messages, tx) {
      const rows = courier.pack(messages);
      if (tx === undefined) return publish(rows);
      if (rows.length > 0) await publishIn(tx, rows);
      sweeper.sweep();
    },
    depths: (names, ids) => depths(database, names, ids),
    peek: (queue, limit) => peek(database, queue, limit),
    delayed: (queue, limit) => delayed(database, queue, limit),
    hasten: (queue, limit) => hasten(database, queue, limit),
    purge: (queue) => purge(database, queue),
    trim: (queue, keep) => trim(database, queue, keep),
    finish: () => sweeper.finish(),
  };
}
