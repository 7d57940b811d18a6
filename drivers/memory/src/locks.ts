import type { Lock, LockStore } from '@lovage/contracts';
import { Door } from './door.ts';

interface Held {
  readonly fence: number;
  until: number;
}

/** The locks that all stores of one hub share. A freed one stays, for its fence must go on growing. */
export type LockTable = Map<string, Held>;

export function memoryLocks(table: LockTable): LockStore {
  const door = new Door('this memory lock store');

  /** The lock's entry while it is still this one and not expired. */
  function standing({ name, fence }: Lock): Held | undefined {
    door.assertOpen();
    const held = table.get(name);
    return held?.fence === fence && held.until > Date.now() ? held : undefined;
  }

  return {
    async acquire(name, owner, ttlMs) {
      door.assertOpen();
      const old = table.get(name);
      if (old && old.until > Date.now()) return undefined;
      const fence = (old?.fence ?? 0) + 1;
      table.set(name, { fence, until: Date.now() + ttlMs });
      return { name, owner, fence };
    },

    async renew(lock, ttlMs) {
      const held = standing(lock);
      if (held) held.until = Date.now() + ttlMs;
      return held !== undefined;
    },

    async release(lock) {
      const held = standing(lock);
      if (held) held.until = 0;
    },

    async close() {
      door.shut();
    },
  };
}
