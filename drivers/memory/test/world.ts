import type { Driver, DriverWith } from '@lovage/contracts';
import { driver } from '@lovage/memory';

type MemoryDriver = DriverWith<'broker' | 'results' | 'bus' | 'schedules' | 'locks'>;

/** A hub of its own, and the drivers opened on it. */
export function memoryWorld() {
  const url = `memory://${crypto.randomUUID()}`;
  const opened: Driver[] = [];
  const open = (): MemoryDriver => {
    const made = driver.create(url, {}) as MemoryDriver;
    opened.push(made);
    return made;
  };
  return {
    connect: async () => open().broker(),
    results: async () => open().results(),
    /** Nothing is ever called on it again: its leases lapse. */
    crash: async () => {},
    dispose: async () => {
      await Promise.all(opened.map((each) => each.close()));
    },
  };
}
