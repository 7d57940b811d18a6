import type { Pool } from '../../src/index.ts';
import { type Mutant, TOO_LONG_MS } from './mutant.ts';
import { jobMutant, outcomeMutant, poolMutant } from './pool-kinds.ts';

/** Broken in how jobs are ended. */
export const endingMutants: readonly Mutant<Pool>[] = [
  poolMutant('asks nobody', 'asked to stop, a job is told by its signal', (pool) => ({
    stop: (jobId, how) => how === 'kill' && pool.stop(jobId, how),
  })),
  poolMutant('asks only what has begun', 'asked at once, a job is told all the same', (pool) => {
    const begun = new Set<string>();
    return {
      run: (job) =>
        pool.run({
          ...job,
          onReport(report) {
            begun.add(job.id);
            job.onReport?.(report);
          },
        }),
      stop: (jobId, how) => begun.has(jobId) && pool.stop(jobId, how),
    };
  }),
  poolMutant(
    'says that it stops what it does not know',
    'what does not run here cannot be stopped',
    (pool) => ({
      stop(jobId, how) {
        pool.stop(jobId, how);
        return true;
      },
    }),
  ),
  jobMutant(
    'has no soft limit',
    'the soft limit aborts the signal and says so',
    ({ softMs: _, ...job }) => job,
  ),
  poolMutant('gives no reason', 'the soft limit aborts the signal and says so', (pool) => ({
    run({ softMs, ...job }) {
      setTimeout(() => pool.stop(job.id, 'ask'), softMs);
      return pool.run(job);
    },
  })),
  poolMutant('leaves limits to the next job', 'limits are those of their own job', (pool) => {
    let hardMs: number | undefined;
    return {
      run(job) {
        hardMs ??= job.hardMs;
        return pool.run(hardMs === undefined ? job : { ...job, hardMs });
      },
    };
  }),
  jobMutant(
    'has no hard limit',
    'the hard limit ends a job that ignores everything, and the slot serves again',
    ({ hardMs: _, ...job }) => ({ ...job, hardMs: TOO_LONG_MS }),
  ),
  poolMutant(
    'asks when the hard limit is reached',
    'the hard limit ends a job that blocks its thread, and no other',
    (pool) => ({
      run({ hardMs, ...job }) {
        setTimeout(() => pool.stop(job.id, 'ask'), hardMs);
        return pool.run(job);
      },
    }),
  ),
  poolMutant('asks a hanging worker', 'the hard limit ends a worker that hangs as a whole', (pool) => ({
    run({ hardMs, ...job }) {
      setTimeout(() => pool.stop(job.id, 'ask'), hardMs);
      return pool.run(job);
    },
  })),
  poolMutant('kills by asking', 'killed, a job is lost, and the slot serves again', (pool) => ({
    stop: (jobId) => pool.stop(jobId, 'ask'),
  })),
  outcomeMutant(
    'calls a crash a result',
    'a crash loses its own job only, says how, and the slot serves again',
    (outcome) => (outcome.kind === 'lost' ? { kind: 'returned', output: undefined } : outcome),
  ),
  outcomeMutant(
    'does not say how',
    'a worker killed from outside loses its job, and is replaced',
    (outcome) => (outcome.kind === 'lost' ? { ...outcome, detail: 'it ended' } : outcome),
  ),
  poolMutant('does not replace what died idle', 'a worker killed while idle is replaced', (pool) => {
    let first: readonly number[] = [];
    return {
      get pids() {
        if (first.length === 0) first = pool.pids;
        return first;
      },
    };
  }),
  poolMutant('tells of no replacement', 'onFree is called when a lost worker has been replaced', (pool) => {
    let lost = false;
    return {
      async run(job) {
        const outcome = await pool.run(job);
        lost ||= outcome.kind === 'lost';
        return outcome;
      },
      onFree: (callback) => pool.onFree(() => !lost && callback()),
    };
  }),
];
