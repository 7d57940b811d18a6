import type { Pool, PoolOutcome } from '../../src/index.ts';
import type { Mutant } from './mutant.ts';
import { aheadMutant, outcomeMutant, poolMutant } from './pool-kinds.ts';

const COUNTED = 'jobs ahead are counted, and begin in turn as slots fall free';

/** Broken in jobs that were given before a slot was free. */
export const aheadMutants: readonly Mutant<Pool>[] = [
  aheadMutant('hides what waits', COUNTED, ({ places, withdraw }) => ({ places, taken: 0, withdraw })),
  poolMutant('begins the last one first', COUNTED, (pool) => {
    const held: (() => void)[] = [];
    pool.onFree(() => held.pop()?.());
    return {
      run: async (job) => {
        if (pool.busy >= pool.size) await new Promise<void>((resolve) => held.push(resolve));
        return pool.run(job);
      },
      ahead: {
        places: 3,
        get taken() {
          return held.length;
        },
        withdraw: () => false,
      },
    };
  }),
  poolMutant(
    'leaves jobs where they were handed over',
    'no job ahead waits for a long one while another slot is free',
    (pool) => {
      // Every other one behind the first, however long that takes.
      let first: Promise<unknown> | undefined;
      let count = 0;
      return {
        async run(job) {
          first ??= pool.run(job);
          count += 1;
          if (count === 1) return (await first) as PoolOutcome;
          if (count % 2 === 1) await first;
          return pool.run(job);
        },
      };
    },
  ),
  poolMutant('counts limits from run', 'limits of a job ahead count from its begin', (pool) => ({
    run({ hardMs, ...job }) {
      if (hardMs !== undefined) setTimeout(() => pool.stop(job.id, 'kill'), hardMs);
      return pool.run(job);
    },
  })),
  aheadMutant(
    'takes back in word only',
    'a job ahead can be taken back, and never begins',
    ({ places, taken }) => ({ places, taken, withdraw: () => true }),
  ),
  outcomeMutant(
    'calls it killed what was taken back',
    'a job ahead can be taken back, and never begins',
    (outcome) =>
      outcome.kind === 'lost' && outcome.reason === 'withdrawn' ? { ...outcome, reason: 'killed' } : outcome,
  ),
  poolMutant('takes back what runs', 'what has begun is not taken back', (pool) => ({
    ahead: { ...pool.ahead!, withdraw: (jobId) => pool.stop(jobId, 'kill') },
  })),
  poolMutant(
    'stops only what has begun',
    'a job ahead can be ended before it begins, and harms none',
    (pool) => {
      const begun = new Set<string>();
      return {
        run: (job) =>
          pool.run({
            ...job,
            onStart(pid) {
              begun.add(job.id);
              job.onStart?.(pid);
            },
          }),
        stop: (jobId, how) => begun.has(jobId) && pool.stop(jobId, how),
      };
    },
  ),
  poolMutant(
    'loses what waits with the worker',
    'a job ahead outlives the worker it was meant for',
    (pool) => {
      const waiting = new Set<string>();
      return {
        run(job) {
          if (pool.busy >= pool.size) waiting.add(job.id);
          return pool.run(job);
        },
        stop(jobId, how) {
          for (const id of waiting) pool.stop(id, how);
          return pool.stop(jobId, how);
        },
      };
    },
  ),
  poolMutant('runs what waits before it closes', 'closed, a pool gives back what has not begun', (pool) => {
    const outcomes = new Set<Promise<PoolOutcome>>();
    return {
      run(job) {
        const outcome = pool.run(job);
        outcomes.add(outcome);
        return outcome;
      },
      async close(graceMs) {
        if (graceMs > 0) await Promise.all(outcomes);
        await pool.close(graceMs);
      },
    };
  }),
  poolMutant(
    'counts jobs of all workers',
    'a pool says how many jobs each worker process has begun',
    (pool) => {
      let count = 0;
      return {
        run(job) {
          count += 1;
          return pool.run(job);
        },
        get begun() {
          return new Map(pool.pids.map((pid) => [pid, count]));
        },
      };
    },
  ),
];
