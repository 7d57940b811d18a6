import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { threadPool } from '../src/pools/threads.ts';
import { output, scratch, until } from './pools-scene.ts';
import { ENTRY, openScene, scene } from './pools-thread-scene.ts';

describe('thread pool: jobs', { timeout: 120_000 }, () => {
  test('structured values cross as between processes, and views carry their own bytes only', async (t) => {
    const { run } = await openScene(t);
    const value = {
      bytes: new Uint8Array([1, 2, 3]),
      part: Buffer.from('a long text').subarray(2, 6),
      when: new Date(5),
      absent: undefined,
      map: new Map([[1, 'ü €']]),
    };
    const echoed = output(await run({ do: 'echo', value })) as typeof value;
    assert.deepEqual(echoed, value);
    const part = Buffer.alloc(4_000_000).subarray(7, 9);
    const small = output(await run({ do: 'echo', value: part })) as Buffer;
    assert.ok(small.buffer.byteLength < 10_000, `${small.buffer.byteLength} bytes came along`);
  });

  test('what cannot be cloned fails its job and harms nothing', async (t) => {
    const { pool, run, spawned } = await openScene(t);
    const into = await run({ do: 'echo', value: () => {} });
    assert.ok(into.kind === 'threw' && /could not be cloned/.test(into.error.message));
    const out = await run({ do: 'function' });
    assert.ok(out.kind === 'threw' && /could not be cloned/.test(out.error.message));
    assert.equal(pool.busy, 0);
    assert.deepEqual(spawned, [1]);
    assert.throws(() => threadPool({ size: 1, entry: ENTRY, data: { call() {} } }), /could not be cloned/);
  });

  test('each runs in a thread of this process, on the same thread as the one before', async (t) => {
    const { pool, run } = await openScene(t);
    let pid = 0;
    const onStart = (given: number) => {
      pid = given;
    };
    const thread = output(await run({ do: 'thread' }, { onStart }));
    assert.notEqual(thread, 0);
    assert.equal(pid, process.pid);
    assert.equal(output(await run({ do: 'pid' })), process.pid);
    assert.equal(output(await run({ do: 'thread' })), thread);
    assert.deepEqual(pool.pids, []);
  });

  test('the environment is a copy, and what tasks post to their parent is not for the pool', async (t) => {
    const { run } = await openScene(t);
    await run({ do: 'setEnv', name: 'POOL_THREADS_TEST', value: 'changed' });
    assert.equal(process.env['POOL_THREADS_TEST'], undefined);
    assert.equal(
      output(await run({ do: 'post', message: { kind: 'returned', output: 'forged' } })),
      'posted',
    );
    assert.equal(output(await run({ do: 'echo', value: 1 })), 1);
  });

  test('reports after the outcome are dropped', async (t) => {
    const { run } = await openScene(t);
    const reports: unknown[] = [];
    const onReport = (report: unknown) => reports.push(report);
    await run({ do: 'reportLater', ms: 1 }, { onReport });
    await run({ do: 'sleep', ms: 30 }, { onReport });
    assert.deepEqual(reports, []);
  });
});

describe('thread pool: starting', { timeout: 120_000 }, () => {
  test('open rejects with what init threw, and leaves no thread', async (t) => {
    const { pool, spawned, exits } = scene(t, { size: 2, data: { initError: 'no such database' } });
    await assert.rejects(pool.open(), { name: 'RangeError', message: 'no such database' });
    assert.deepEqual([...exits.keys()].sort(), spawned);
    assert.equal((await pool.run({ id: '1', input: {} })).kind, 'lost');
  });

  test('open says which module is missing, or exports no run', async (t) => {
    await assert.rejects(scene(t, { entry: '/nowhere/tasks.ts' }).pool.open(), /nowhere\/tasks\.ts/);
    const silent = new URL('data:text/javascript,export const init = 1');
    await assert.rejects(scene(t, { entry: silent }).pool.open(), /does not export a function `run`/);
  });

  test('open rejects when a thread exits at start, or takes too long, or is closed meanwhile', async (t) => {
    await assert.rejects(scene(t, { data: { initExit: 7 } }).pool.open(), /ended at start: exit code 7/);
    const slow = scene(t, { data: { initMs: 60_000 }, startTimeoutMs: 300 });
    await assert.rejects(slow.pool.open(), /not ready within 0\.3 s/);
    const closed = scene(t, { data: { initMs: 60_000 }, entry: fileURLToPath(ENTRY) });
    const opening = closed.pool.open();
    await closed.pool.close(0);
    await assert.rejects(opening, /closed before it was open/);
  });

  test('threads that cannot start are tried again until they can, after longer and longer rests', async (t) => {
    const block = join(scratch(t), 'block');
    const rests: number[] = [];
    const errors: string[] = [];
    let failedMs = 0;
    const { pool, run } = await openScene(t, {
      data: { failsWhile: block },
      onSpawn: () => rests.push(performance.now() - failedMs),
      onError: (_, { message }) => {
        errors.push(message);
        failedMs = performance.now();
      },
    });
    writeFileSync(block, '');
    await pool.restart();
    await until(() => rests.length === 4);
    assert.deepEqual(new Set(errors), new Set(['not yet']));
    assert.equal(pool.busy, 1);
    // A timer may be a millisecond early by this clock. The second was started in good order, when nothing had failed.
    assert.ok(rests[2]! >= 98 && rests[3]! >= 198, rests.join(', '));
    rmSync(block);
    assert.equal(output(await run({ do: 'echo', value: 'up again' })), 'up again');
  });

  test('sizes and maxima that make no sense are refused', () => {
    assert.throws(() => threadPool({ size: -1, entry: ENTRY }), RangeError);
    assert.throws(() => threadPool({ size: 1, entry: ENTRY, maxTasksPerChild: 0 }), /maxTasksPerChild/);
    assert.throws(
      () => threadPool({ size: 1, entry: ENTRY, maxMemoryPerChildKib: 0.5 }),
      /maxMemoryPerChildKib/,
    );
  });
});
