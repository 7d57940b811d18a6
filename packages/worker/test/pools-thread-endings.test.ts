/** The ways in which a thread or its job may end. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { lines, output, scratch, until } from './pools-scene.ts';
import { openScene } from './pools-thread-scene.ts';

describe('thread pool: jobs that are ended', { timeout: 120_000 }, () => {
  test('the hard limit ends a job that spins, in a loop or in its abort listener', async (t) => {
    const { run, exits } = await openScene(t);
    assert.deepEqual(await run({ do: 'spin' }, { hardMs: 100 }), {
      kind: 'lost',
      reason: 'time-limit',
      detail: 'hard time limit of 0.1 s',
    });
    await until(() => exits.has(1));
    const listening = await run({ do: 'blockOnAbort' }, { softMs: 50, hardMs: 300 });
    assert.ok(listening.kind === 'lost' && listening.reason === 'time-limit');
    assert.equal(output(await run({ do: 'number' })), 3);
  });

  test('a killed job says nothing more', async (t) => {
    const { pool, run } = await openScene(t);
    const reports: unknown[] = [];
    const onReport = (report: unknown) => {
      reports.push(report);
      pool.stop('spinning', 'kill');
    };
    const outcome = await run({ do: 'reportThenSpin' }, { id: 'spinning', onReport });
    assert.deepEqual(outcome, { kind: 'lost', reason: 'killed', detail: 'killed on request' });
    assert.deepEqual(reports, ['spinning']);
    assert.equal(output(await run({ do: 'echo', value: 'next' })), 'next');
  });

  test('a waiting job can be stopped', async (t) => {
    const { pool, run } = await openScene(t);
    const running = run({ do: 'sleep', ms: 60_000 });
    const killed = run({ do: 'pid' }, { id: 'killed' });
    const asked = run({ do: 'sleep', ms: 60_000 }, { id: 'asked' });
    assert.equal(pool.stop('killed', 'kill'), true);
    assert.equal(pool.stop('asked', 'ask'), true);
    assert.deepEqual(await killed, { kind: 'lost', reason: 'killed', detail: 'killed on request' });
    assert.equal(pool.stop('job 1', 'kill'), true);
    assert.equal((await running).kind, 'lost');
    assert.equal((await asked).kind, 'threw');
  });
});

describe('thread pool: threads that end by themselves', { timeout: 120_000 }, () => {
  test('a job that exits ends its thread, and no other', async (t) => {
    const { run } = await openScene(t, { size: 2 });
    const other = run({ do: 'sleep', ms: 200 });
    assert.deepEqual(await run({ do: 'exit', code: 3 }), {
      kind: 'lost',
      reason: 'crashed',
      detail: 'exit code 3',
    });
    assert.equal(output(await other), 'slept');
  });

  test('an error that nobody caught, thrown or rejected, loses the job with its text', async (t) => {
    const { run, errors } = await openScene(t);
    const thrown = await run({ do: 'throwOutside', ms: 1, ending: 'wait' });
    assert.deepEqual(thrown, {
      kind: 'lost',
      reason: 'crashed',
      detail: 'TypeError: nobody caught this',
    });
    const rejected = await run({ do: 'reject' });
    assert.ok(rejected.kind === 'lost' && rejected.reason === 'crashed');
    assert.equal(rejected.detail, 'TypeError: nobody awaited this');
    assert.deepEqual(errors, ['TypeError: nobody caught this', 'TypeError: nobody awaited this']);
  });

  test('so it does where a program handles such errors by itself', async (t) => {
    const { run } = await openScene(t);
    await run({ do: 'swallow' });
    const outcome = await run({ do: 'throwOutside', ms: 1, ending: 'wait' });
    assert.ok(outcome.kind === 'lost' && outcome.reason === 'crashed');
  });

  test('an error between jobs ends the thread and is told', async (t) => {
    const { run, errors, spawned } = await openScene(t);
    assert.equal(output(await run({ do: 'throwOutside', ms: 20, ending: 'return' })), 'returned');
    await until(() => spawned.length === 2);
    assert.deepEqual(errors, ['TypeError: nobody caught this']);
    assert.equal(output(await run({ do: 'number' })), 2);
  });

  test('an outcome counts although the thread died right after it', async (t) => {
    for (const bytes of [10, 4_000_000]) {
      const { run, errors } = await openScene(t);
      const returned = output(await run({ do: 'returnThenThrow', bytes })) as Uint8Array;
      assert.equal(returned.length, bytes);
      await until(() => errors.length === 1);
    }
  });

  test('so it does when this thread was busy meanwhile and hears of both at once', async (t) => {
    const { pool, run, errors } = await openScene(t);
    const nobody = new Int32Array(new SharedArrayBuffer(4));
    for (let round = 1; round <= 25; round += 1) {
      const outcome = run({ do: 'returnThenThrow', bytes: 10 });
      Atomics.wait(nobody, 0, 0, 40);
      assert.equal((output(await outcome) as Uint8Array).length, 10);
      await until(() => errors.length === round && pool.busy === 0);
    }
  });

  test('a job that fills the heap ends its thread, and no other', async (t) => {
    const { run } = await openScene(t, { size: 2, resourceLimits: { maxOldGenerationSizeMb: 32 } });
    const other = run({ do: 'sleep', ms: 200 });
    const outcome = await run({ do: 'devour' });
    assert.ok(outcome.kind === 'lost' && outcome.reason === 'crashed');
    assert.match(outcome.detail, /memory/);
    assert.equal(output(await other), 'slept');
    assert.equal(output(await run({ do: 'echo', value: 'next' })), 'next');
  });
});

describe('thread pool: threads that retire', { timeout: 120_000 }, () => {
  test('after maxTasksPerChild jobs, in good order', async (t) => {
    const log = join(scratch(t), 'log');
    const { pool, run, exits } = await openScene(t, { maxTasksPerChild: 2, data: { log } });
    const numbers: unknown[] = [];
    for (let i = 0; i < 5; i += 1) numbers.push(output(await run({ do: 'number' })));
    assert.deepEqual(numbers, [1, 1, 2, 2, 3]);
    await pool.close(1000);
    assert.deepEqual([...exits.values()], ['exit code 0', 'exit code 0', 'exit code 0']);
    assert.equal(lines(log).filter((line) => line.endsWith('shutdown')).length, 3);
  });

  test('with more than maxMemoryPerChildKib, once their job has ended', async (t) => {
    const { run, exits } = await openScene(t, { maxMemoryPerChildKib: 200_000 });
    assert.equal(output(await run({ do: 'keep', bytes: 1000 })), 1);
    assert.equal(output(await run({ do: 'keep', bytes: 250_000_000 })), 2);
    assert.equal(output(await run({ do: 'number' })), 2);
    await until(() => exits.has(1));
    assert.equal(exits.get(1), 'exit code 0');
  });

  test('a surplus thread that is killed is not replaced', async (t) => {
    const { pool, run, spawned } = await openScene(t, { size: 2 });
    const jobs = [run({ do: 'spin' }, { id: 'a' }), run({ do: 'spin' }, { id: 'b' })];
    await pool.resize(0);
    pool.stop('a', 'kill');
    pool.stop('b', 'kill');
    for (const each of await Promise.all(jobs)) assert.equal(each.kind, 'lost');
    assert.equal(pool.busy, 0);
    assert.deepEqual(spawned, [1, 2]);
  });
});

describe('thread pool: closing', { timeout: 120_000 }, () => {
  test('what outlasts the grace is lost; an impatient close overtakes a patient one', async (t) => {
    const { pool, run } = await openScene(t);
    const job = run({ do: 'spin' });
    const patient = pool.close(60_000);
    await pool.close(50);
    await patient;
    assert.deepEqual(await job, { kind: 'lost', reason: 'killed', detail: 'the pool was closed' });
  });

  test('a thread that does not shut down is ended, and an error in shutdown is told', async (t) => {
    const hanging = await openScene(t, { data: { shutdown: 'hang' }, shutdownTimeoutMs: 100 });
    await hanging.pool.close(0);
    assert.deepEqual([...hanging.exits.values()], ['exit code 1']);
    const failing = await openScene(t, { data: { shutdown: 'throw' } });
    await failing.pool.close(0);
    assert.deepEqual(failing.errors, ['Error: cannot shut down']);
  });

  test('closing leaves no threads, timers or ports behind', async (t) => {
    const before = process.getActiveResourcesInfo();
    const { pool, run } = await openScene(t, { size: 2 });
    for (let count = 0; count < 3; count += 1) {
      await run({ do: 'sleep', ms: 60_000 }, { softMs: 60_000, hardMs: 1 });
      await run({ do: 'exit', code: 1 });
    }
    await pool.close(0);
    const extra = () => process.getActiveResourcesInfo().length - before.length;
    for (let tries = 0; tries < 400 && extra() > 0; tries += 1) await sleep(5);
    assert.ok(extra() <= 0, process.getActiveResourcesInfo().join(' '));
  });
});
