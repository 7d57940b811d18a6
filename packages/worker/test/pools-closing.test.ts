import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, lines, openScene, output, scratch } from './pools-scene.ts';

describe('process pool: closing', { timeout: 120_000 }, () => {
  test('jobs finish within the grace, and every child shuts down', async (t) => {
    const log = join(scratch(t), 'log');
    const { pool, run, spawned, exits } = await openScene(t, { size: 2, data: { log } });
    const job = run({ do: 'sleep', ms: 100 });
    await pool.close(Infinity);
    assert.equal(output(await job), 'slept');
    assert.equal(lines(log).filter((line) => line.endsWith('shutdown')).length, 2);
    assert.deepEqual([...exits.values()], ['exit code 0', 'exit code 0']);
    assert.deepEqual(spawned.filter(isAlive), []);
  });

  test('what outlasts the grace is lost; an impatient close overtakes a patient one', async (t) => {
    const { pool, run, spawned } = await openScene(t);
    const job = run({ do: 'spin' });
    const patient = pool.close(60_000);
    await pool.close(50);
    await patient;
    assert.deepEqual(await job, { kind: 'lost', reason: 'killed', detail: 'the pool was closed' });
    assert.deepEqual(spawned.filter(isAlive), []);
  });

  test('a child that does not shut down is killed, and an error in shutdown is told', async (t) => {
    const hanging = await openScene(t, { data: { shutdown: 'hang' }, shutdownTimeoutMs: 100 });
    await hanging.pool.close(0);
    assert.deepEqual([...hanging.exits.values()], ['signal 9 (SIGKILL)']);
    const failing = await openScene(t, { data: { shutdown: 'throw' } });
    await failing.pool.close(0);
    assert.deepEqual(failing.errors, ['Error: cannot shut down']);
  });

  test('a stopped child does not hold up a close', async (t) => {
    const { pool, exits } = await openScene(t, { shutdownTimeoutMs: 100 });
    process.kill(pool.pids[0]!, 'SIGSTOP');
    await pool.close(0);
    assert.deepEqual([...exits.values()], ['signal 9 (SIGKILL)']);
  });

  test('closing leaves no listeners, timers or handles behind', async (t) => {
    const before = process.getActiveResourcesInfo().sort();
    const listeners = process.eventNames().map((name) => [name, process.listenerCount(name)]);
    const { pool, run } = await openScene(t, { size: 2 });
    for (let count = 0; count < 3; count += 1) {
      await run({ do: 'sleep', ms: 60_000 }, { softMs: 60_000, hardMs: 1 });
      await run({ do: 'exit', code: 1 });
    }
    await pool.close(0);
    assert.deepEqual(
      process.eventNames().map((name) => [name, process.listenerCount(name)]),
      listeners,
    );
    // The guard's shell and the closed channels take a moment to leave.
    const extra = () => process.getActiveResourcesInfo().length - before.length;
    for (let tries = 0; tries < 400 && extra() > 0; tries += 1) await sleep(5);
    assert.ok(extra() <= 0, process.getActiveResourcesInfo().join(' '));
  });
});
