import type { BrokerTraits } from '@lovage/contracts';
import { readEnvelope } from '@lovage/protocol';
import type { Session } from '../database/session.ts';
import { endLeases, extendLeases, freeUnknown, openLease } from './leases.ts';
import { delayed, depths, hasten, peek, purge, trim } from './overview.ts';
import { ownCourier, publisher } from './publish.ts';
import { publisherIn } from './publish-in.ts';
import { Queues } from './queues.ts';
import { settler } from './settle.ts';
import type { BrokerTables } from './tables.ts';
import { type OwnRow, ownHeads } from './take.ts';
import { keepUp } from './upkeep.ts';
import { announceReady, TOPIC } from './wakes.ts';

const TRAITS: BrokerTraits = {
  lease: 'timed',
  priorities: true,
  unprioritised: 'last',
  delayPrecisionMs: 50,
  atomicFollowUps: true,
  atomicResults: true,
  seesHidden: true,
  countsCrashes: true,
  foreignPeers: false,
  transactions: true,
};

/** The tables that `migrations/` makes. */
export function ownTables(database: Session): BrokerTables<OwnRow> {
  const queues = new Queues(database);
  const courier = ownCourier(database, queues);
  const publish = publisher(database, courier);
  const publishIn = publisherIn(database, queues);
  return {
    traits: TRAITS,
    topic: TOPIC,
    queues,
    leases: {
      open: (consumer, leaseMs) => openLease(database, consumer, leaseMs),
      extend: (leases, leaseMs) => extendLeases(database, leases, leaseMs),
      end: (leases) => endLeases(database, leases),
      free: (lease, known) => freeUnknown(database, lease, known),
    },
    settle: settler(database, queues),
    heads: () => ownHeads(database),
    read: ({ envelope, body, lost, redelivered }) => ({
      ...readEnvelope(envelope, body),
      deliveries: lost + 1,
      redelivered,
    }),
    keepUp: (watched) => keepUp(database, watched),
    announceReady: (ready) => announceReady(database, ready),
    async publish(messages, tx) {
      const rows = courier.pack(messages);
      if (tx === undefined) await publish(rows);
      else if (rows.length > 0) await publishIn(tx, rows);
    },
    depths: (names, ids) => depths(database, names, ids),
    peek: (queue, limit) => peek(database, queue, limit),
    delayed: (queue, limit) => delayed(database, queue, limit),
    hasten: (queue, limit) => hasten(database, queue, limit),
    purge: (queue) => purge(database, queue),
    trim: (queue, keep) => trim(database, queue, keep),
  };
}
