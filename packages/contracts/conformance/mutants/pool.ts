import type { Pool, PoolJob, PoolOutcome } from '../../src/index.ts';
import { altered, type Mutant, TOO_LONG_MS } from './mutant.ts';

function poolMutant(name: string, noticedBy: string, changes: (pool: Pool) => Partial<Pool>): Mutant<Pool> {
  return { name, noticedBy, mutate: (pool) => altered(pool, changes(pool)) };
}

/** Broken in the jobs it runs. */
function jobMutant(name: string, noticedBy: string, change: (job: PoolJob) => PoolJob): Mutant<Pool> {
  return poolMutant(name, noticedBy, (pool) => ({ run: (job) => pool.run(change(job)) }));
}

/** Broken in how it says that jobs ended. */
function outcomeMutant(
  name: string,
  noticedBy: string,
  change: (outcome: PoolOutcome) => PoolOutcome | Promise<PoolOutcome>,
): Mutant<Pool> {
  return poolMutant(name, noticedBy, (pool) => ({ run: async (job) => change(await pool.run(job)) }));
}

const REPORTS = 'reports arrive in order, all before the outcome';
const THROWS = 'what the entry throws is told, and the slot serves on';

export const poolMutants: readonly Mutant<Pool>[] = [
  jobMutant('carries JSON only', 'what goes in comes out, whatever can be cloned', (job) => ({
    ...job,
    input: JSON.parse(JSON.stringify(job.input, (_, each) => (typeof each === 'bigint' ? `${each}` : each))),
  })),
  poolMutant('refuses large inputs', 'large inputs and outputs pass', (pool) => ({
    async run(job) {
      const { value } = job.input as { value?: unknown };
      if (value instanceof Uint8Array && value.length > 65_536) throw new Error('too large');
      return pool.run(job);
    },
  })),
  poolMutant('runs one after the other', 'jobs run side by side, one a slot', (pool) => {
    let last: Promise<unknown> = Promise.resolve();
    return {
      run(job) {
        const outcome = last.then(() => pool.run(job));
        last = outcome;
        return outcome;
      },
    };
  }),
  outcomeMutant('numbers all workers alike', 'each worker is told its number, from 1', (outcome) => {
    if (outcome.kind !== 'returned' || typeof outcome.output !== 'object') return outcome;
    return { ...outcome, output: { ...outcome.output, number: 1 } };
  }),
  poolMutant('is never busy', 'jobs run side by side, one a slot', (pool) => ({
    get busy() {
      return pool.busy * 0;
    },
  })),
  poolMutant('mixes answers up', 'many jobs, each its own answer', (pool) => {
    let previous: PoolOutcome | undefined;
    return {
      async run(job) {
        const outcome = await pool.run(job);
        const answer = previous ?? outcome;
        previous = outcome;
        return answer;
      },
    };
  }),
  poolMutant('frees slots late', 'a slot is free as soon as its job has ended', (pool) => {
    let late = 0;
    return {
      get busy() {
        return Math.min(pool.size, pool.busy + late);
      },
      async run(job) {
        late += 1;
        setTimeout(() => (late -= 1), 300);
        return pool.run(job);
      },
    };
  }),
  poolMutant('calls onFree once', 'onFree tells of every slot that falls free', (pool) => ({
    onFree(callback) {
      let called = false;
      pool.onFree(() => {
        if (called) return;
        called = true;
        callback();
      });
    },
  })),
  jobMutant('drops reports', REPORTS, (job) => ({ ...job, onReport: () => {} })),
  jobMutant('reports late', REPORTS, ({ onReport, ...job }) => ({
    ...job,
    onReport: (report) => setTimeout(() => onReport?.(report), 50),
  })),
  outcomeMutant('rejects with what the entry throws', THROWS, (outcome) => {
    if (outcome.kind === 'threw') throw new Error(outcome.error.message);
    return outcome;
  }),
  outcomeMutant('forgets what was thrown', THROWS, (outcome) =>
    outcome.kind === 'threw' ? { kind: 'threw', error: { name: 'Error', message: 'failed' } } : outcome,
  ),
  outcomeMutant(
    'answers nothing for what cannot be cloned',
    'an output that cannot be cloned is told, and the slot serves on',
    (outcome) => (outcome.kind === 'threw' ? { kind: 'returned', output: undefined } : outcome),
  ),
  outcomeMutant(
    'prepares a worker for each job',
    'each worker is prepared once, with what the pool was opened with',
    (outcome) =>
      outcome.kind === 'returned'
        ? { ...outcome, output: { ...(outcome.output as object), inits: 2 } }
        : outcome,
  ),
  poolMutant('opens whatever happens', 'open rejects with what the entry throws at first', (pool) => ({
    open: async () => pool.open().catch(() => {}),
  })),
  poolMutant('opens without an entry', 'open rejects where there is no entry', (pool) => ({
    open: async () => pool.open().catch(() => {}),
  })),

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

  poolMutant('does not grow', 'resize adds slots, and takes them away', () => ({ resize: async () => {} })),
  poolMutant('kills when it shrinks', 'shrinking lets running jobs end', (pool) => {
    const running = new Set<string>();
    return {
      run(job) {
        running.add(job.id);
        return pool.run(job);
      },
      async resize(size) {
        for (const id of running) pool.stop(id, 'kill');
        await pool.resize(size);
      },
    };
  }),
  poolMutant('closes without waiting', 'close waits for running jobs', (pool) => ({
    close: () => pool.close(0),
  })),
  poolMutant('waits for ever', 'close waits no longer than it was told; what still runs is lost', (pool) => ({
    close: (graceMs) => pool.close(graceMs === 0 ? 0 : TOO_LONG_MS),
  })),
  poolMutant(
    'shuts no worker down',
    'closed in good order, every worker is shut down, and none is left',
    (pool) => ({
      async close(graceMs) {
        for (const pid of pool.pids) process.kill(pid, 'SIGKILL');
        await pool.close(graceMs);
      },
    }),
  ),
  poolMutant('leaves workers behind', 'closed without grace, none is left', (pool) => {
    let asked = false;
    return {
      async close(graceMs) {
        // The second time is the exam cleaning up.
        if (asked) await pool.close(graceMs);
        asked = true;
      },
    };
  }),
];
