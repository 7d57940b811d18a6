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
import { type Kind, MODULE, type PythonDriver, stopSharedServer, World } from './world.ts';

const NO_TIME_OF_ITS_OWN = 'rows of these tables have no time of their own: see sweep.test.ts';

/** A world that answers each `connect` with one role of a driver of its own. */
const worldsOf =
  (kind: Kind) =>
  <Role>(role: (driver: PythonDriver) => Role) =>
  async () => {
    const world = await World.createSchema(kind);
    return {
      connect: async () => role(world.open()),
      results: async () => world.open().results(),
      remote: { module: MODULE, url: world.url, transport: world.transport },
      dispose: () => world.dispose(),
    };
  };

/** Every exam of what these tables can keep. */
export function sitExams(kind: Kind): void {
  const worldOf = worldsOf(kind);
  describe("python's tables", { skip: requireService('postgres') || requireService('django') }, () => {
    after(stopSharedServer);

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
}

/** The exams of what is kept in tables of ours beside those: the same whichever these are. */
export function sitOwnExams(kind: Kind): void {
  const worldOf = worldsOf(kind);
  describe("ours beside python's tables", {
    skip: requireService('postgres') || requireService('django'),
  }, () => {
    after(stopSharedServer);

    scheduleConformance({ name: kind, fresh: worldOf((driver) => driver.schedules()) });
    lockConformance({ name: kind, fresh: worldOf((driver) => driver.locks()) });
    revocationConformance({ name: kind, fresh: worldOf((driver) => driver.revocations()) });
  });
}
