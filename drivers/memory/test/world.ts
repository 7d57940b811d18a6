import assert from 'node:assert/strict';
import type { Driver, DriverWith } from '@lovage/contracts';
import { driver } from '@lovage/memory';

type MemoryDriver = DriverWith<'broker' | 'results' | 'bus' | 'schedules' | 'locks' | 'revocations'>;

const ROLES = {
  broker: (memory: MemoryDriver) => memory.broker(),
  results: (memory: MemoryDriver) => memory.results(),
  bus: (memory: MemoryDriver) => memory.bus(),
  schedules: (memory: MemoryDriver) => memory.schedules(),
  locks: (memory: MemoryDriver) => memory.locks(),
  revocations: (memory: MemoryDriver) => memory.revocations(),
  chords(memory: MemoryDriver) {
    const { chords } = memory.results();
    assert.ok(chords);
    return chords;
  },
};

/** A hub of its own, and one role of each driver opened on it. */
export function memoryWorld<Role extends keyof typeof ROLES>(role: Role) {
  const url = `memory://${crypto.randomUUID()}`;
  const opened: Driver[] = [];
  const open = (): MemoryDriver => {
    const made = driver.create(url, {}) as MemoryDriver;
    opened.push(made);
    return made;
  };
  return {
    connect: async () => ROLES[role](open()) as ReturnType<(typeof ROLES)[Role]>,
    results: async () => open().results(),
    broker: async () => open().broker(),
    /** Nothing is ever called on it again: its leases lapse. */
    crash: async () => {},
    dispose: async () => {
      await Promise.all(opened.map((each) => each.close()));
    },
  };
}
