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

/** A world that answers each `connect` with one role of a driver of its own. */
const worldsOf =
  (open: () => Promise<World>) =>
  <Role>(role: (driver: PythonDriver) => Role) =>
  async () => {
    const world = await open();
    return {
      connect: async () => role(world.open()),
      results: async () => world.open().results(),
      remote: { module: MODULE, url: world.url, transport: world.transport },
      dispose: () => world.dispose(),
    };
  };

/** Every exam of what these tables can keep. */
export function sitExams(kind: Kind): void {
  after(stopSharedServer);
  const worldOf = worldsOf(() => World.createSchema(kind));

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
  });

  // The tables of periodic entries refer to each other: each world has a database.
  const wholeWorldOf = worldsOf(() => World.create(kind));
  const skip = requireService('postgres') || (kind === 'django' && requireService('django-celery-beat'));
  describe("periodic entries in python's tables", { skip }, () => {
    scheduleConformance({
      name: kind,
      fresh: async () => ({
        ...(await wholeWorldOf((driver) => driver.schedules())()),
        ...(kind === 'django' ? { definition } : {}),
      }),
    });
    lockConformance({ name: kind, fresh: wholeWorldOf((driver) => driver.locks()) });
  });
}

/** The exam of what is kept in a table of ours beside those: the same whichever these are. */
export function sitOwnExams(kind: Kind): void {
  after(stopSharedServer);
  const worldOf = worldsOf(() => World.createSchema(kind));
  describe("ours beside python's tables", {
    skip: requireService('postgres') || requireService('django'),
  }, () => {
    revocationConformance({ name: kind, fresh: worldOf((driver) => driver.revocations()) });
  });
}
