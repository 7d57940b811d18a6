import type { Pool, PoolOutcome } from '../../src/index.ts';
import type { Mutant } from './mutant.ts';
import { jobMutant, outcomeMutant, poolMutant } from './pool-kinds.ts';

const REPORTS = 'reports arrive in order, all before the outcome';
const BEGINS = 'a job is told once that it begins and in which process, before all else';
const THROWS = 'what the entry throws is told, and the slot serves on';

/** Broken in jobs that end by themselves. */
export const runningMutants: readonly Mutant<Pool>[] = [
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
  jobMutant('does not say that a job begins', BEGINS, ({ onStart: _, ...job }) => job),
  jobMutant('names another process', BEGINS, ({ onStart, ...job }) => ({
    ...job,
    onStart: (pid) => onStart?.(pid + 1),
  })),
  jobMutant('says twice that a job begins', BEGINS, ({ onStart, ...job }) => ({
    ...job,
    onStart(pid) {
      onStart?.(pid);
      onStart?.(pid);
    },
  })),
  jobMutant('says late that a job begins', BEGINS, ({ onStart, ...job }) => ({
    ...job,
    onStart: (pid) => setTimeout(() => onStart?.(pid), 50),
  })),
  poolMutant('says that every job begins', 'closed, it begins no job', (pool) => ({
    run({ onStart, ...job }) {
      onStart?.(process.pid);
      return pool.run(job);
    },
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
];
