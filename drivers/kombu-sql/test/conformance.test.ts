import { after, describe } from 'node:test';
import {
  brokerConformance,
  busConformance,
  chordConformance,
  lockConformance,
  resultConformance,
  revocationConformance,
  scheduleConformance,
} from '@lovage/contracts/conformance';
import { requireService } from '../../../tools/services.ts';
import { type KombuDriver, MODULE, stopSharedServer, World } from './world.ts';

const name = 'kombu-sql';

describe(name, { skip: requireService('postgres') }, () => {
  after(stopSharedServer);

  /** A world that answers each `connect` with one role of a driver of its own. */
  const worldOf =
    <Role>(role: (driver: KombuDriver) => Role) =>
    async () => {
      const world = await World.create();
      return {
        connect: async () => role(world.open()),
        results: async () => world.open().results(),
        remote: { module: MODULE, url: world.url, transport: world.transport },
        dispose: () => world.dispose(),
      };
    };

  brokerConformance({ name, fresh: worldOf((driver) => driver.broker()) });
  resultConformance({ name, fresh: worldOf((driver) => driver.results()) });
  chordConformance({ name, fresh: worldOf((driver) => driver.results().chords!) });
  busConformance({ name, fresh: worldOf((driver) => driver.bus()) });
  scheduleConformance({ name, fresh: worldOf((driver) => driver.schedules()) });
  lockConformance({ name, fresh: worldOf((driver) => driver.locks()) });
  revocationConformance({ name, fresh: worldOf((driver) => driver.revocations()) });
});
