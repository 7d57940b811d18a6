import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../waiting.ts';
import type { Order } from './orders.ts';
import { assertLost, assertServes, begin, poolCase, returned } from './world.ts';

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Growing, shrinking, closing. */
export const size = [
  poolCase('resize adds slots, and takes them away', async (yard) => {
    const pool = await yard.open(1);
    const hasProcesses = pool.pids.length > 0;
    await pool.resize(3);
    assert.equal(pool.size, 3);
    await assertServes(pool, 3);
    await pool.resize(1);
    assert.equal(pool.size, 1);
    if (hasProcesses) await eventually(() => pool.pids.length === 1, 'one worker is left');
    await assertServes(pool, 1);
  }),

  poolCase('shrinking lets running jobs end', async (yard) => {
    const pool = await yard.open(2);
    const jobs = [begin(pool, { do: 'wait' }), begin(pool, { do: 'wait' })];
    for (const job of jobs) await job.started();
    const shrunk = pool.resize(1);
    for (const job of jobs) pool.stop(job.id, 'ask');
    for (const job of jobs) returned(await job.outcome);
    await shrunk;
    await eventually(() => pool.size === 1 && pool.busy === 0, 'it has shrunk');
    await assertServes(pool, 1);
  }),

  poolCase('close waits for running jobs', async (yard) => {
    const pool = await yard.open(1);
    const job = begin(pool, { do: 'sleep', ms: 150 });
    await pool.close(20_000);
    assert.equal(returned(await job.outcome), 'slept');
  }),

  poolCase('close waits no longer than it was told; what still runs is lost', async (yard) => {
    const pool = await yard.open(2);
    const [quick, stuck] = [begin(pool, { do: 'sleep', ms: 50 }), begin(pool, { do: 'ignore' })];
    await stuck.started();
    const closed = pool.close(400);
    assert.equal(returned(await quick.outcome), 'slept');
    assertLost(await stuck.outcome, 'killed', /./);
    await closed;
  }),

  poolCase('closed in good order, every worker is shut down, and none is left', async (yard) => {
    const folder = mkdtempSync(join(tmpdir(), 'lovage-exam-'));
    try {
      const shutdownLog = join(folder, 'log');
      const pool = await yard.open(2, { shutdownLog });
      const pids = [...pool.pids];
      await assertServes(pool, 2);
      await pool.close(20_000);
      await pool.close(20_000);
      const lines = existsSync(shutdownLog) ? readFileSync(shutdownLog, 'utf8').trim().split('\n') : [];
      // Workers without a process of their own are threads, or this one thread.
      const here = pool.traits.isolated ? [process.pid, process.pid] : [process.pid];
      assert.deepEqual(lines.sort(), (pids.length > 0 ? pids : here).map(String).sort());
      await eventually(() => !pids.some(isAlive), 'no worker is left');
      assert.deepEqual(pool.pids, []);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }),

  poolCase('closed, it begins no job', async (yard) => {
    const pool = await yard.open(1);
    await pool.close(0);
    let began = false;
    const input: Order = { do: 'echo', value: 1 };
    const outcome = await pool.run({ id: 'late', input, onStart: () => (began = true) });
    assertLost(outcome, 'withdrawn', /./);
    assert.equal(began, false);
  }),

  poolCase('closed without grace, none is left', async (yard) => {
    const pool = await yard.open(2);
    const job = begin(pool, { do: pool.traits.canKill ? 'spin' : 'ignore', ms: 60_000 });
    await job.started();
    const pids = [...pool.pids];
    await pool.close(0);
    assertLost(await job.outcome, 'killed', /./);
    await eventually(() => !pids.some(isAlive), 'no worker is left');
  }),
];
