import type { Pool, PoolEntry } from '@lovage/contracts';
import { type PoolWorld, poolConformance } from '@lovage/contracts/conformance';
import { inlinePool } from '../src/pools/inline.ts';
import { processPool } from '../src/pools/processes.ts';
import { threadPool } from '../src/pools/threads.ts';

/** A world whose pools are made by `make`. */
function worldOf(make: PoolWorld['make']): PoolWorld {
  const made: Pool[] = [];
  return {
    async make(options) {
      const pool = await make(options);
      made.push(pool);
      return pool;
    },
    async dispose() {
      await Promise.all(made.map((pool) => pool.close(0)));
    },
  };
}

poolConformance({
  name: 'processes',
  fresh: async () => worldOf(async (options) => processPool({ ...options, onError: () => {} })),
});

poolConformance({
  name: 'threads',
  fresh: async () => worldOf(async (options) => threadPool({ ...options, onError: () => {} })),
});

let imports = 0;

poolConformance({
  name: 'inline',
  fresh: async () =>
    worldOf(async ({ entry, ...options }) => {
      imports += 1;
      // Each pool its own module, as if it had its own process.
      const module: PoolEntry = await import(`${entry.href}?${imports}`);
      return inlinePool({ ...options, entry: module });
    }),
});
