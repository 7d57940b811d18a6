import {
  brokerConformance,
  busConformance,
  chordConformance,
  lockConformance,
  resultConformance,
  revocationConformance,
  scheduleConformance,
} from '@lovage/contracts/conformance';
import { type KombuDriver, MODULE, World } from './world.ts';

/** A world that answers each `connect` with one role of a driver of its own. */
async function worldOf<Role>(role: (driver: KombuDriver) => Role) {
  const world = await World.create();
  return {
    connect: async () => role(world.open()),
    results: async () => world.open().results(),
    broker: async () => world.open().broker(),
    remote: { module: MODULE, url: world.url, transport: world.transport },
    dispose: () => world.dispose(),
  };
}

const name = 'kombu-sql';

/** The broker's exam, and those of the roles that write in one transaction with it. */
export function sitExams(): void {
  brokerConformance({ name, fresh: () => worldOf((driver) => driver.broker()) });
  resultConformance({ name, fresh: () => worldOf((driver) => driver.results()) });
  chordConformance({ name, fresh: () => worldOf((driver) => driver.results().chords!) });
  scheduleConformance({ name, fresh: () => worldOf((driver) => driver.schedules()) });
}

/** Those of the roles that are @lovage/postgres' as they are. */
export function sitOthersExams(): void {
  busConformance({ name, fresh: () => worldOf((driver) => driver.bus()) });
  lockConformance({ name, fresh: () => worldOf((driver) => driver.locks()) });
  revocationConformance({ name, fresh: () => worldOf((driver) => driver.revocations()) });
}
