import {
  brokerConformance,
  busConformance,
  chordConformance,
  lockConformance,
  resultConformance,
  revocationConformance,
  scheduleConformance,
} from '@lovage/contracts/conformance';
import { MODULE, type PostgresDriver, type World } from './world.ts';

/** Every role's exam, in worlds of their own. */
export function sitExams(name: string, create: () => Promise<World>): void {
  /** A world that answers each `connect` with one role of a driver of its own. */
  const worldOf =
    <Role>(role: (driver: PostgresDriver) => Role) =>
    async () => {
      const world = await create();
      return {
        connect: async () => role(world.open()),
        results: async () => world.open().results(),
        broker: async () => world.open().broker(),
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
}
