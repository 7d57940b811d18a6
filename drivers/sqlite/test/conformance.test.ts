import {
  brokerConformance,
  busConformance,
  chordConformance,
  lockConformance,
  resultConformance,
  revocationConformance,
  scheduleConformance,
} from '@lovage/contracts/conformance';
import { type SqliteDriver, World } from './world.ts';

const name = 'sqlite';

/** A world that answers each `connect` with one role of a connection of its own. */
const worldOf =
  <Role>(role: (driver: SqliteDriver) => Role) =>
  async () => {
    const world = await World.create();
    return {
      connect: async () => role(world.open()),
      results: async () => world.open().results(),
      broker: async () => world.open().broker(),
      remote: remoteOf(world),
      dispose: () => world.dispose(),
    };
  };

const remoteOf = ({ url }: World) => ({ module: import.meta.resolve('@lovage/sqlite'), url });

brokerConformance({
  name,
  async fresh() {
    const world = await World.create();
    return {
      connect: async () => world.open().broker(),
      results: async () => world.open().results(),
      remote: remoteOf(world),
      dispose: () => world.dispose(),
    };
  },
});

resultConformance({ name, fresh: worldOf((driver) => driver.results()) });
chordConformance({ name, fresh: worldOf((driver) => driver.results().chords!) });
busConformance({ name, fresh: worldOf((driver) => driver.bus()) });
scheduleConformance({ name, fresh: worldOf((driver) => driver.schedules()) });
lockConformance({ name, fresh: worldOf((driver) => driver.locks()) });

revocationConformance({
  name,
  async fresh() {
    const world = await World.create();
    return {
      connect: async () => world.open().revocations(),
      remote: remoteOf(world),
      dispose: () => world.dispose(),
    };
  },
});
