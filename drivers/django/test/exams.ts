import { after, describe } from 'node:test';
import {
  chordConformance,
  groupConformance,
  lockConformance,
  resultConformance,
  revocationConformance,
  scheduleConformance,
} from '@lovage/contracts/conformance';
import { requireService } from '../../../tools/services.ts';
import { definition } from './definitions.ts';
import { type Kind, MODULE, type PythonDriver, stopSharedServer, World } from './world.ts';

const NO_TIME_OF_ITS_OWN = 'rows of these tables have no time of their own: see sweep.test.ts';

/** Every exam of what these tables can keep, and of our own beside them, in databases of their own. */
export function sitExams(kind: Kind): void {
  /** A world that answers each `connect` with one role of a driver of its own. */
  const worldOf =
    <Role>(role: (driver: PythonDriver) => Role) =>
    async () => {
      const world = await World.create(kind);
      return {
        connect: async () => role(world.open()),
        results: async () => world.open().results(),
        remote: { module: MODULE, url: world.url, transport: {} },
        dispose: () => world.dispose(),
      };
    };

  after(stopSharedServer);

  describe("python's tables", { skip: requireService('postgres') || requireService('django') }, () => {
    resultConformance({
      name: kind,
      fresh: worldOf((driver) => driver.results()),
      skip: {
        'a result expires when its time is over, not before': NO_TIME_OF_ITS_OWN,
        'an expired success does not stand in the way': NO_TIME_OF_ITS_OWN,
        'sweep deletes what has expired, at most so many, and nothing else': NO_TIME_OF_ITS_OWN,
      },
    });
    chordConformance({ name: kind, fresh: worldOf((driver) => driver.results().chords!) });
    groupConformance({
      name: kind,
      fresh: worldOf((driver) => driver.results().groups!),
      skip: { 'it is kept as long as was said': NO_TIME_OF_ITS_OWN },
    });
    revocationConformance({ name: kind, fresh: worldOf((driver) => driver.revocations()) });
  });

  const skip = requireService('postgres') || (kind === 'django' && requireService('django-celery-beat'));
  describe("periodic entries in python's tables", { skip }, () => {
    scheduleConformance({
      name: kind,
      fresh: async () => ({
        ...(await worldOf((driver) => driver.schedules())()),
        ...(kind === 'django' ? { definition } : {}),
      }),
    });
    lockConformance({ name: kind, fresh: worldOf((driver) => driver.locks()) });
  });
}
