import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PoolContext, PoolEntry } from '@lovage/contracts';
import { TimeLimit } from '@lovage/contracts';
import { inlinePool } from '../src/pools/inline.ts';

/** A job is a function here: nothing has to cross a border. */
type Job = (context: PoolContext) => Promise<unknown>;
const entry: PoolEntry = { run: (input, context) => (input as Job)(context) };

const aborted = (signal: AbortSignal) =>
  new Promise<unknown>((resolve) => signal.addEventListener('abort', () => resolve(signal.reason)));

describe('inline pool', { timeout: 60_000 }, () => {
  test('a job past its hard limit is given up: slot free, signal aborted, late words dropped', async () => {
    const pool = inlinePool({ size: 1, entry });
    const release = Promise.withResolvers<void>();
    const late = Promise.withResolvers<void>();
    const reports: unknown[] = [];
    let freed = 0;
    pool.onFree(() => {
      freed += 1;
    });
    let reason: unknown;
    const job: Job = async ({ signal, report }) => {
      void aborted(signal).then((why) => {
        reason = why;
      });
      report('early');
      await release.promise;
      report('late');
      late.resolve();
      return 'late';
    };
    const outcome = await pool.run({
      id: '1',
      input: job,
      hardMs: 10,
      onReport: (each) => reports.push(each),
    });
    assert.deepEqual(outcome, { kind: 'lost', reason: 'time-limit', detail: 'hard time limit of 0.01 s' });
    assert.equal(pool.busy, 0);
    assert.equal(freed, 1);
    release.resolve();
    await late.promise;
    await sleep(1);
    assert.equal((reason as Error).name, 'AbortError');
    assert.deepEqual(reports, ['early']);
    assert.equal(freed, 1);
  });

  test('the soft limit aborts with its reason, a request to stop without', async () => {
    const pool = inlinePool({ size: 2, entry });
    const job: Job = ({ signal }) => aborted(signal);
    const soft = await pool.run({ id: 'soft', input: job, softMs: 5 });
    assert.ok(soft.kind === 'returned' && soft.output instanceof TimeLimit);
    assert.equal(soft.output.limitMs, 5);
    const asked = pool.run({ id: 'asked', input: job });
    assert.equal(pool.stop('asked', 'ask'), true);
    const outcome = await asked;
    assert.ok(outcome.kind === 'returned' && (outcome.output as Error).name === 'AbortError');
    assert.equal(pool.stop('asked', 'kill'), false);
  });

  test('an entry that throws before it awaits threw all the same', async () => {
    const pool = inlinePool({
      size: 1,
      entry: {
        run: () => {
          throw new RangeError('at once');
        },
      },
    });
    const outcome = await pool.run({ id: '1', input: undefined });
    assert.ok(outcome.kind === 'threw' && outcome.error.name === 'RangeError');
    assert.equal(pool.busy, 0);
  });

  test('without limits no timer is armed', async () => {
    const pool = inlinePool({ size: 1, entry });
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    let during = -1;
    const job: Job = async () => {
      during = timers();
    };
    await pool.run({ id: '1', input: job });
    assert.equal(during, before);
    await pool.run({ id: '2', input: job, hardMs: 60_000 });
    assert.equal(during, before + 1);
    assert.equal(timers(), before);
  });

  test('init and shutdown are called once, around all jobs', async () => {
    const calls: unknown[] = [];
    const pool = inlinePool({
      size: 2,
      data: { a: 1 },
      entry: {
        init: (...given) => void calls.push(['init', ...given]),
        run: async (input) => {
          await sleep(20);
          calls.push(input);
        },
        shutdown: () => void calls.push('shutdown'),
      },
    });
    await Promise.all([pool.open(), pool.open()]);
    void pool.run({ id: '1', input: 'job' });
    await Promise.all([pool.close(Infinity), pool.close(Infinity)]);
    assert.deepEqual(calls, [['init', { a: 1 }, { number: 1 }], 'job', 'shutdown']);
    assert.equal((await pool.run({ id: '2', input: 'late' })).kind, 'lost');
  });

  test('what init throws is what open rejects with', async () => {
    const error = new Error('no database');
    const init = () => {
      throw error;
    };
    await assert.rejects(inlinePool({ size: 1, entry: { ...entry, init } }).open(), error);
  });

  test('an impatient close overtakes a patient one', async () => {
    const pool = inlinePool({ size: 1, entry });
    await pool.open();
    const job = pool.run({ id: '1', input: () => new Promise(() => {}) });
    const patient = pool.close(60_000);
    await pool.close(0);
    await patient;
    assert.deepEqual(await job, { kind: 'lost', reason: 'killed', detail: 'the pool was closed' });
  });

  test('growing tells that there is room', async () => {
    const pool = inlinePool({ size: 1, entry });
    let freed = 0;
    pool.onFree(() => {
      freed += 1;
    });
    await pool.resize(2);
    assert.equal(pool.size, 2);
    assert.equal(freed, 1);
    assert.throws(() => inlinePool({ size: 0.5, entry }), RangeError);
  });
});
