import type { Driver, DriverWith } from '@lovage/contracts';
import { driver } from '@lovage/memory';

export type MemoryDriver = DriverWith<'broker' | 'results' | 'bus' | 'schedules' | 'locks' | 'revocations'>;

/** Makes worlds of the memory driver, right but for what `mutate` does to each role they hand out. */
export function worldsOf<Role>(role: (memory: MemoryDriver) => Role) {
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
      broker: async () => open().broker(),
      /** Nothing is ever called on it again: its leases lapse. */
      crash: async () => {},
      dispose: async () => {
        await Promise.all(opened.map((each) => each.close()));
      },
    };
  };
}
