/** The ways in which a child, its job or its parent may end badly. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ENTRY, isAlive, openScene, output, until } from './pools-scene.ts';

const HOST = fileURLToPath(new URL('../src/pools/host.ts', import.meta.url));
const PARENT = fileURLToPath(new URL('./pools-parent.ts', import.meta.url));

describe('process pool: jobs that must be ended', { timeout: 120_000 }, () => {
  test('the hard limit ends a spinning job, and its slot works again', async (t) => {
    const { run, exits, spawned } = await openScene(t);
    const outcome = await run({ do: 'spin' }, { hardMs: 100 });
    assert.deepEqual(outcome, { kind: 'lost', reason: 'time-limit', detail: 'hard time limit of 0.1 s' });
    assert.equal(output(await run({ do: 'pid' })), spawned[1]);
    assert.equal(exits.get(spawned[0]!), 'signal 9 (SIGKILL)');
  });

  test('the hard limit ends a stopped child', async (t) => {
    const { pool, run, spawned } = await openScene(t);
    const job = run({ do: 'sleep', ms: 60_000 }, { hardMs: 100 });
    process.kill(pool.pids[0]!, 'SIGSTOP');
    const outcome = await job;
    assert.ok(outcome.kind === 'lost' && outcome.reason === 'time-limit');
    assert.equal(output(await run({ do: 'pid' })), spawned[1]);
    await until(() => !isAlive(spawned[0]!));
  });

  test('the hard limit ends a job that hangs in its own abort listener', async (t) => {
    const { run } = await openScene(t);
    const outcome = await run({ do: 'blockOnAbort' }, { softMs: 50, hardMs: 300 });
    assert.ok(outcome.kind === 'lost' && outcome.reason === 'time-limit');
    assert.equal(output(await run({ do: 'echo', value: 'next' })), 'next');
  });

  test('a limit longer than any timer does not end a job at once', async (t) => {
    const { run } = await openScene(t);
    assert.equal(output(await run({ do: 'sleep', ms: 50 }, { softMs: 1e12, hardMs: 1e12 })), 'slept');
  });

  test('a killed job says nothing more', async (t) => {
    const { pool, run } = await openScene(t);
    const reports: unknown[] = [];
    const outcome = await run(
      { do: 'reportThenSpin' },
      {
        id: 'spinning',
        onReport: (report) => {
          reports.push(report);
          pool.stop('spinning', 'kill');
        },
      },
    );
    assert.deepEqual(outcome, { kind: 'lost', reason: 'killed', detail: 'killed on request' });
    assert.deepEqual(reports, ['spinning']);
    assert.equal(output(await run({ do: 'echo', value: 'next' })), 'next');
  });

  test('a stop that comes too late does not touch the next job', async (t) => {
    const { pool, run } = await openScene(t);
    const first = run({ do: 'echo', value: 1 }, { id: 'first' });
    pool.stop('first', 'ask');
    await first;
    assert.equal(pool.stop('first', 'ask'), false);
    assert.equal(output(await run({ do: 'sleep', ms: 30 })), 'slept');
  });
});

describe('process pool: children that end by themselves', { timeout: 120_000 }, () => {
  test('a job that exits loses itself only', async (t) => {
    const { run } = await openScene(t, { size: 2 });
    const other = run({ do: 'sleep', ms: 200 });
    assert.deepEqual(await run({ do: 'exit', code: 3 }), {
      kind: 'lost',
      reason: 'crashed',
      detail: 'exit code 3',
    });
    assert.equal(output(await other), 'slept');
  });

  test('a child killed from outside loses its job', async (t) => {
    const { pool, run } = await openScene(t);
    const job = run({ do: 'spin' });
    process.kill(pool.pids[0]!, 'SIGKILL');
    assert.deepEqual(await job, { kind: 'lost', reason: 'crashed', detail: 'signal 9 (SIGKILL)' });
  });

  test('an idle child that dies is replaced before it gets a job', async (t) => {
    const { pool, run, spawned } = await openScene(t);
    await run({ do: 'pid' });
    process.kill(pool.pids[0]!, 'SIGKILL');
    await until(() => spawned.length === 2 && pool.busy === 0);
    assert.equal(output(await run({ do: 'pid' })), spawned[1]);
  });

  test('an error that nobody caught loses the job, with its text', async (t) => {
    const { run, errors } = await openScene(t);
    const outcome = await run({ do: 'throwOutside', ms: 1, ending: 'wait' });
    assert.deepEqual(outcome, {
      kind: 'lost',
      reason: 'crashed',
      detail: 'TypeError: nobody caught this',
    });
    assert.deepEqual(errors, ['TypeError: nobody caught this']);
  });

  test('an error that nobody caught between jobs ends the child and is told', async (t) => {
    const { run, errors, spawned } = await openScene(t);
    assert.equal(output(await run({ do: 'throwOutside', ms: 20, ending: 'return' })), 'returned');
    await until(() => spawned.length === 2);
    assert.deepEqual(errors, ['TypeError: nobody caught this']);
    assert.equal(output(await run({ do: 'pid' })), spawned[1]);
  });

  test('an outcome counts although the child died right after it', async (t) => {
    for (const bytes of [10, 4_000_000]) {
      const { run, errors } = await openScene(t);
      const returned = output(await run({ do: 'returnThenThrow', bytes })) as Uint8Array;
      assert.equal(returned.length, bytes);
      await until(() => errors.length === 1);
    }
  });

  test('signals to the whole group are left to the parent', async (t) => {
    const { pool, run } = await openScene(t);
    const [pid] = pool.pids;
    const job = run({ do: 'sleep', ms: 100 });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) process.kill(pid!, signal);
    assert.equal(output(await job), 'slept');
    assert.equal(output(await run({ do: 'pid' })), pid);
  });
});

describe('process pool: a parent that vanishes', { timeout: 120_000 }, () => {
  test('takes its children along: idle, waiting, spinning and stopped ones', async () => {
    const parent = fork(PARENT, { stdio: 'inherit' });
    const pids = await new Promise<number[]>((resolve) => parent.once('message', resolve as () => void));
    assert.equal(pids.length, 4);
    assert.deepEqual(pids.filter(isAlive), pids);
    parent.kill('SIGKILL');
    await until(() => !pids.some(isAlive));
  });

  test('is noticed by the children themselves while their event loop turns', async () => {
    for (const order of [undefined, { do: 'sleep', ms: 60_000, deaf: true }]) {
      const child = fork(HOST, { serialization: 'advanced', stdio: 'inherit' });
      const ended = new Promise((resolve) => child.once('exit', resolve));
      const ready = new Promise((resolve) => child.once('message', resolve));
      child.send({ kind: 'init', entry: ENTRY.href, data: undefined, number: 1 });
      assert.deepEqual(await ready, { kind: 'ready' });
      if (order) child.send({ kind: 'run', id: '1', input: order });
      child.disconnect();
      assert.equal(await ended, 1);
    }
  });
});
