import { BrokerStore } from './broker/broker-store.ts';
import type { Channels } from './bus.ts';
import type { LockTable } from './locks.ts';
import type { ChordTable } from './results/chords.ts';
import { ResultStore } from './results/result-store.ts';
import type { RevocationTable } from './revocations.ts';
import { emptySchedules } from './schedules.ts';

/** What one `memory://name` holds: the "service" that every driver of that name in this process speaks to. */
export class Hub {
  readonly results = new ResultStore();
  readonly broker = new BrokerStore(this.results);
  readonly chords: ChordTable = new Map();
  readonly channels: Channels = new Map();
  readonly schedules = emptySchedules();
  readonly locks: LockTable = new Map();
  readonly revocations: RevocationTable = { entries: new Map(), turn: 0 };
}

const hubs = new Map<string, Hub>();

/** The hub of that name. It stays until the process ends, as a service would when its clients leave. */
export function hubNamed(name: string): Hub {
  let hub = hubs.get(name);
  if (!hub) {
    hub = new Hub();
    hubs.set(name, hub);
  }
  return hub;
}
