import type { Lock, LockStore } from '../../src/index.ts';
import { altered, type Mutant, TOO_LONG_MS } from './mutant.ts';

function lockMutant(
  name: string,
  noticedBy: string,
  changes: (store: LockStore) => Partial<LockStore>,
): Mutant<LockStore> {
  return { name, noticedBy, mutate: (store) => altered(store, changes(store)) };
}

/** The lock that stands under this name now, of all stores. */
const standing = new Map<string, Lock>();

export const lockMutants: readonly Mutant<LockStore>[] = [
  lockMutant('gives it to everybody', 'one of many gets it', () => ({
    acquire: async (name, owner) => ({ name, owner, fence: 1 }),
  })),
  lockMutant('gives it to its owner again', 'held is held, for its owner too', (store) => {
    let mine: Lock | undefined;
    return {
      async acquire(name, owner, ttlMs) {
        mine = (await store.acquire(name, owner, ttlMs)) ?? (mine?.owner === owner ? mine : undefined);
        return mine;
      },
    };
  }),
  lockMutant('expires too soon', 'it is held as long as was said', (store) => ({
    acquire: async (name, owner, ttlMs) => store.acquire(name, owner, ttlMs / 2),
  })),
  lockMutant(
    'never expires',
    'an expired lock passes on with a larger fence, and its owner learns',
    (store) => ({
      acquire: async (name, owner) => store.acquire(name, owner, TOO_LONG_MS),
    }),
  ),
  lockMutant(
    'has one fence',
    'an expired lock passes on with a larger fence, and its owner learns',
    (store) => ({
      async acquire(name, owner, ttlMs) {
        const lock = await store.acquire(name, owner, ttlMs);
        return lock && { ...lock, fence: 1 };
      },
    }),
  ),
  lockMutant('knows a lock by its owner', 'the same owner, again, is another lock', (store) => ({
    async acquire(name, owner, ttlMs) {
      const lock = await store.acquire(name, owner, ttlMs);
      if (lock) standing.set(name, lock);
      return lock;
    },
    renew: async (lock, ttlMs) => store.renew({ ...lock, fence: standing.get(lock.name)?.fence ?? 0 }, ttlMs),
  })),
  lockMutant(
    'renews what has expired',
    'an expired lock cannot be renewed, even if nobody took it',
    (store) => ({
      async renew(lock, ttlMs) {
        await store.renew(lock, ttlMs);
        return true;
      },
    }),
  ),
  lockMutant('does not renew', 'renewal keeps it', () => ({ renew: async () => true })),
  lockMutant('does not release', 'release frees it, and the fence still grows', () => ({
    release: async () => {},
  })),
  lockMutant(
    'starts the fence anew when released',
    'release frees it, and the fence still grows',
    (store) => ({
      async acquire(name, owner, ttlMs) {
        const lock = await store.acquire(name, owner, ttlMs);
        return lock && { ...lock, fence: 1 };
      },
    }),
  ),
  lockMutant('has one lock', 'names are independent', (store) => ({
    acquire: async (_, owner, ttlMs) => store.acquire('the lock', owner, ttlMs),
  })),
  lockMutant(
    'gets nothing after close',
    "a closed store's calls reject with 'closed'; closing again is fine",
    (store) => ({
      acquire: async (name, owner, ttlMs) => store.acquire(name, owner, ttlMs).catch(() => undefined),
    }),
  ),
];
