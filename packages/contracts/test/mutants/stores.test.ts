import assert from 'node:assert/strict';
import { suite } from 'node:test';
import type { Driver, DriverWith } from '@lovage/contracts';
import {
  brokerExam,
  brokerMutants,
  busExam,
  busMutants,
  chordExam,
  chordMutants,
  lockExam,
  lockMutants,
  resultExam,
  resultMutants,
  scheduleExam,
  scheduleMutants,
} from '@lovage/contracts/conformance';
import { driver } from '@lovage/memory';
import { prove } from './prove.ts';

type MemoryDriver = DriverWith<'broker' | 'results' | 'bus' | 'schedules' | 'locks'>;

/** Worlds of the memory driver whose roles are mutated. */
function worldsOf<Role>(role: (memory: MemoryDriver) => Role) {
  return async (mutate: (role: Role) => Role) => {
    const url = `memory://${crypto.randomUUID()}`;
    const opened: Driver[] = [];
    const open = (): MemoryDriver => {
      const made = driver.create(url, {}) as MemoryDriver;
      opened.push(made);
      return made;
    };
    return {
      connect: async () => mutate(role(open())),
      results: async () => open().results(),
      crash: async () => {},
      dispose: async () => {
        await Promise.all(opened.map((each) => each.close()));
      },
    };
  };
}

suite('exams of stores', { concurrency: true }, () => {
  prove({
    role: 'broker',
    exam: brokerExam,
    mutants: brokerMutants,
    world: worldsOf((memory) => memory.broker()),
    unproved: {
      'a success is not overwritten by a record that done carries': 'the results of a world are not wrapped',
    },
  });
  prove({
    role: 'results',
    exam: resultExam,
    mutants: resultMutants,
    world: worldsOf((memory) => memory.results()),
  });
  prove({
    role: 'chords',
    exam: chordExam,
    mutants: chordMutants,
    world: worldsOf((memory) => {
      const { chords } = memory.results();
      assert.ok(chords);
      return chords;
    }),
  });
  prove({ role: 'bus', exam: busExam, mutants: busMutants, world: worldsOf((memory) => memory.bus()) });
  prove({
    role: 'schedules',
    exam: scheduleExam,
    mutants: scheduleMutants,
    world: worldsOf((memory) => memory.schedules()),
  });
  prove({ role: 'locks', exam: lockExam, mutants: lockMutants, world: worldsOf((memory) => memory.locks()) });
});
