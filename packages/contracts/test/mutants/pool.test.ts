import type { Pool } from '@lovage/contracts';
import { type PoolWorld, poolExam, poolMutants } from '@lovage/contracts/conformance';
import { referencePool } from '../reference-pool/pool.ts';
import { prove } from './prove.ts';

async function world(mutate: (pool: Pool) => Pool): Promise<PoolWorld> {
  const made: Pool[] = [];
  return {
    async make(options) {
      const pool = referencePool(options);
      made.push(pool);
      return mutate(pool);
    },
    async dispose() {
      await Promise.all(made.map((pool) => pool.close(0)));
    },
  };
}

prove({ role: 'pool', exam: poolExam, mutants: poolMutants, world, concurrency: 4 });
