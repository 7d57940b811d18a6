import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { processPool } from '../src/pools/processes.ts';
import { ENTRY, isAlive, lines, openScene, output, scene, scratch, until } from './pools-scene.ts';

describe('process pool: values', { timeout: 120_000 }, () => {
  test('structured values cross as they are, bytes of any size included', async (t) => {
    const { run } = await openScene(t);
    const value = {
      bytes: new Uint8Array([1, 2, 3]),
      part: Buffer.from('a long text').subarray(2, 6),
      when: new Date(5),
      absent: undefined,
      map: new Map([[1, 'ü €']]),
    };
    assert.deepEqual(output(await run({ do: 'echo', value })), value);
    for (const size of [0, 65_535, 65_537, 1_000_003, 16 * 1024 * 1024]) {
      const bytes = new Uint8Array(size).map((_, index) => index * 7);
      const echoed = output(await run({ do: 'echo', value: bytes })) as Uint8Array;
      assert.equal(Buffer.compare(echoed, bytes), 0, `${size} bytes`);
    }
  });

  test('what cannot be cloned fails its job and harms nothing', async (t) => {
    const { pool, run, spawned } = await openScene(t);
    const out = await run({ do: 'function' });
    assert.ok(out.kind === 'threw' && /could not be cloned/.test(out.error.message));
    const into = await run({ do: 'echo', value: () => {} });
    assert.ok(into.kind === 'threw' && /could not be cloned/.test(into.error.message));
    assert.deepEqual(output(await run({ do: 'echo', value: 1 })), 1);
    assert.equal(pool.busy, 0);
    assert.equal(spawned.length, 1);
    assert.throws(
      () => processPool({ size: 1, entry: ENTRY, data: { call: () => {} } }),
      /could not be cloned/,
    );
  });

  test('thrown values that are no errors arrive as text', async (t) => {
    const { run } = await openScene(t);
    const text = await run({ do: 'throw', value: 'plain' });
    assert.deepEqual(text, { kind: 'threw', error: { name: 'Error', message: 'plain' } });
    const object = await run({ do: 'throw', value: { code: 1 } });
    assert.deepEqual(object, { kind: 'threw', error: { name: 'Error', message: '{ code: 1 }' } });
  });

  test('reports after the outcome are dropped', async (t) => {
    const { run } = await openScene(t);
    const reports: unknown[] = [];
    const onReport = (report: unknown) => reports.push(report);
    await run({ do: 'reportLater', ms: 1 }, { onReport });
    await run({ do: 'sleep', ms: 30 }, { onReport });
    assert.deepEqual(reports, []);
  });

  test("a program's messages to its process manager do not reach the pool", async (t) => {
    const { run } = await openScene(t);
    assert.equal(output(await run({ do: 'managerMessage' })), 'undefined');
  });

  test('the environment and the flags of Node are passed on', async (t) => {
    const { run } = await openScene(t, {
      env: { POOL_TEST: 'yes' },
      execArgv: [...process.execArgv, '--no-warnings'],
    });
    const told = output(await run({ do: 'env', name: 'POOL_TEST' })) as { value: string; execArgv: string[] };
    assert.equal(told.value, 'yes');
    assert.deepEqual(told.execArgv, [...process.execArgv, '--no-warnings']);
  });
});

describe('process pool: starting', { timeout: 120_000 }, () => {
  test('open rejects with what init threw, and leaves no child', async (t) => {
    const { pool, spawned, exits } = scene(t, { size: 2, data: { initError: 'no such database' } });
    await assert.rejects(pool.open(), { name: 'RangeError', message: 'no such database' });
    assert.deepEqual([...exits.keys()].sort(), [...spawned].sort());
    assert.deepEqual(await pool.run({ id: '1', input: {} }), {
      kind: 'lost',
      reason: 'withdrawn',
      detail: 'the pool is closed',
    });
  });

  test('open says which module is missing, or exports no run', async (t) => {
    await assert.rejects(scene(t, { entry: '/nowhere/tasks.ts' }).pool.open(), /nowhere\/tasks\.ts/);
    const silent = new URL('data:text/javascript,export const init = 1');
    await assert.rejects(scene(t, { entry: silent }).pool.open(), /does not export a function `run`/);
  });

  test('open rejects when a child exits at start, or takes too long', async (t) => {
    await assert.rejects(scene(t, { data: { initExit: 7 } }).pool.open(), /ended at start: exit code 7/);
    const slow = scene(t, { data: { initMs: 60_000 }, startTimeoutMs: 300 });
    await assert.rejects(slow.pool.open(), /not ready within 0\.3 s/);
  });

  test('open rejects when the pool is closed meanwhile', async (t) => {
    const { pool, spawned } = scene(t, { data: { initMs: 60_000 } });
    const opening = pool.open();
    await pool.close(0);
    await assert.rejects(opening, /closed before it was open/);
    assert.deepEqual(spawned.filter(isAlive), []);
  });

  test('an entry may be named by its path, and its init may be slow', async (t) => {
    const { pool, run } = await openScene(t, { entry: fileURLToPath(ENTRY), data: { initMs: 100 } });
    assert.equal(pool.busy, 0);
    assert.equal(output(await run({ do: 'echo', value: 'hi' })), 'hi');
  });

  test('a slot stays busy until its next child is ready, and a job that comes meanwhile waits', async (t) => {
    const { pool, run, spawned } = await openScene(t, { data: { initMs: 150 } });
    let freed = 0;
    pool.onFree(() => {
      freed += 1;
    });
    const lost = await run({ do: 'exit', code: 0 });
    assert.deepEqual(lost, { kind: 'lost', reason: 'crashed', detail: 'exit code 0' });
    assert.equal(pool.busy, 1);
    assert.equal(freed, 0);
    assert.equal(output(await run({ do: 'pid' })), spawned[1]);
    assert.equal(pool.busy, 0);
    // Its place among those that wait, and then its slot.
    assert.equal(freed, 2);
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

  test('children that cannot start are tried again until they can, after longer and longer rests', async (t) => {
    const block = join(scratch(t), 'block');
    const rests: number[] = [];
    let exitedMs = 0;
    const { pool, run, errors } = await openScene(t, {
      data: { failsWhile: block },
      onSpawn: () => rests.push(performance.now() - exitedMs),
      onExit: () => {
        exitedMs = performance.now();
      },
    });
    writeFileSync(block, '');
    process.kill(pool.pids[0]!, 'SIGKILL');
    await until(() => rests.length === 4);
    assert.deepEqual(new Set(errors), new Set(['Error: not yet']));
    assert.equal(pool.busy, 1);
    const [, ...between] = rests;
    // A timer may be a millisecond early by this clock.
    assert.ok(between[0]! >= 98 && between[1]! >= 198 && between[2]! >= 398, between.join(', '));
    rmSync(block);
    assert.equal(output(await run({ do: 'echo', value: 'up again' })), 'up again');
  });
});

describe('process pool: size', { timeout: 120_000 }, () => {
  test('it grows at once and shrinks as children fall idle', async (t) => {
    const { pool, run, exits } = await openScene(t);
    await pool.resize(3);
    assert.equal(pool.busy, 0);
    assert.equal(pool.pids.length, 3);
    const jobs = [100, 200, 300].map((ms) => run({ do: 'sleep', ms }));
    await pool.resize(1);
    assert.equal(pool.size, 1);
    assert.equal(pool.busy, 3);
    for (const each of await Promise.all(jobs)) assert.equal(output(each), 'slept');
    await until(() => exits.size === 2);
    assert.deepEqual([...exits.values()], ['exit code 0', 'exit code 0']);
    assert.equal(pool.pids.length, 1);
    assert.equal(output(await run({ do: 'pid' })), pool.pids[0]);
  });

  test('idle children leave at once', async (t) => {
    const { pool, exits } = await openScene(t, { size: 2 });
    await pool.resize(1);
    assert.equal(pool.pids.length, 1);
    assert.equal(pool.busy, 0);
    await until(() => exits.size === 1);
    await assert.rejects(pool.resize(1.5), RangeError);
  });

  test('a child that is killed while it is surplus is not replaced', async (t) => {
    const { pool, run, spawned } = await openScene(t, { size: 2 });
    const jobs = [run({ do: 'spin' }, { id: 'a' }), run({ do: 'spin' }, { id: 'b' })];
    await pool.resize(0);
    pool.stop('a', 'kill');
    pool.stop('b', 'kill');
    for (const each of await Promise.all(jobs)) assert.equal(each.kind, 'lost');
    assert.equal(pool.pids.length, 0);
    assert.equal(spawned.length, 2);
  });

  test('children are numbered on, those that replace others too', async (t) => {
    const { run } = await openScene(t, { size: 1, maxTasksPerChild: 1 });
    assert.deepEqual([output(await run({ do: 'number' })), output(await run({ do: 'number' }))], [1, 2]);
    await run({ do: 'exit', code: 1 });
    assert.equal(output(await run({ do: 'number' })), 4);
  });

  test('children retire after maxTasksPerChild jobs, in good order', async (t) => {
    const log = join(scratch(t), 'log');
    const cache = join(scratch(t), 'cache');
    const { pool, run } = await openScene(t, {
      size: 2,
      maxTasksPerChild: 5,
      data: { log },
      env: { NODE_COMPILE_CACHE: cache },
    });
    const jobs = new Map<number, number>();
    let left = 500;
    const one = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        const pid = output(await run({ do: 'pid' })) as number;
        jobs.set(pid, (jobs.get(pid) ?? 0) + 1);
      }
    };
    await Promise.all([one(), one(), one()]);
    // The last child of each slot may have served for fewer.
    const counts = [...jobs.values()].sort();
    assert.deepEqual(new Set(counts.slice(2)), new Set([5]));
    assert.ok(counts[0]! + counts[1]! <= 10, `${counts[0]} and ${counts[1]}`);
    await pool.close(1000);
    const shutdowns = lines(log).filter((line) => line.endsWith('shutdown'));
    for (const pid of jobs.keys()) assert.ok(shutdowns.includes(`${pid} shutdown`), `${pid} shut down`);
  });

  test('sizes and counts that make no sense are refused', () => {
    assert.throws(() => processPool({ size: -1, entry: ENTRY }), RangeError);
    assert.throws(() => processPool({ size: 1, entry: ENTRY, maxTasksPerChild: 0 }), /maxTasksPerChild/);
  });
});
