import type { Pool, PoolAhead, PoolJob, PoolOutcome } from '../../src/index.ts';
import { altered, type Mutant } from './mutant.ts';

export function poolMutant(
  name: string,
  noticedBy: string,
  changes: (pool: Pool) => Partial<Pool>,
): Mutant<Pool> {
  return { name, noticedBy, mutate: (pool) => altered(pool, changes(pool)) };
}

/** Broken in the jobs it runs. */
export function jobMutant(name: string, noticedBy: string, change: (job: PoolJob) => PoolJob): Mutant<Pool> {
  return poolMutant(name, noticedBy, (pool) => ({ run: (job) => pool.run(change(job)) }));
}

/** Broken in how it says that jobs ended. */
export function outcomeMutant(
  name: string,
  noticedBy: string,
  change: (outcome: PoolOutcome) => PoolOutcome | Promise<PoolOutcome>,
): Mutant<Pool> {
  return poolMutant(name, noticedBy, (pool) => ({ run: async (job) => change(await pool.run(job)) }));
}

export function aheadMutant(
  name: string,
  noticedBy: string,
  change: (ahead: PoolAhead) => PoolAhead,
): Mutant<Pool> {
  return poolMutant(name, noticedBy, (pool) => ({ ahead: change(pool.ahead!) }));
}
