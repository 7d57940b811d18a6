import assert from 'node:assert/strict';
import { applies } from '../exam.ts';
import { eventually, settling } from '../waiting.ts';
import type { Reason } from './orders.ts';
import { assertLost, assertServes, begin, poolCase, returned, run } from './world.ts';

/** Jobs that are ended. */
export const ending = [
  poolCase('asked to stop, a job is told by its signal', async (yard) => {
    const pool = await yard.open(2);
    const [asked, other] = [begin(pool, { do: 'wait' }), begin(pool, { do: 'wait' })];
    await Promise.all([asked.started(), other.started()]);
    assert.equal(pool.stop(asked.id, 'ask'), true);
    assert.deepEqual(returned(await asked.outcome), { timeLimit: false } satisfies Reason);
    assert.equal(pool.busy, 1);
    assert.equal(pool.stop(other.id, 'ask'), true);
    await other.outcome;
  }),

  poolCase('asked at once, a job is told all the same', async (yard) => {
    const pool = await yard.open(1);
    const job = begin(pool, { do: 'wait' });
    assert.equal(pool.stop(job.id, 'ask'), true);
    assert.deepEqual(returned(await job.outcome), { timeLimit: false } satisfies Reason);
  }),

  poolCase('what does not run here cannot be stopped', async (yard) => {
    const pool = await yard.open(1);
    const job = begin(pool, { do: 'echo', value: 1 });
    assert.equal(pool.stop('nobody', 'ask'), false);
    assert.equal(pool.stop('nobody', 'kill'), false);
    await job.outcome;
    assert.equal(pool.stop(job.id, 'kill'), false);
    await assertServes(pool, 1);
  }),

  poolCase('the soft limit aborts the signal and says so', async (yard) => {
    const pool = await yard.open(1);
    const outcome = await run(pool, { do: 'wait' }, { softMs: 60 });
    assert.deepEqual(returned(outcome), { timeLimit: true, kind: 'soft', limitMs: 60 } satisfies Reason);
  }),

  poolCase('limits are those of their own job', async (yard) => {
    const pool = await yard.open(1);
    const brief = { softMs: 150, hardMs: 200 };
    assert.equal(returned(await run(pool, { do: 'echo', value: 1 }, brief)), 1);
    assert.equal(returned(await run(pool, { do: 'sleep', ms: 350 })), 'slept');
    assert.equal(returned(await run(pool, { do: 'sleep', ms: 100 }, { softMs: 5, hardMs: 20_000 })), 'slept');
  }),

  poolCase('the hard limit ends a job that ignores everything, and the slot serves again', async (yard) => {
    const pool = await yard.open(1);
    assertLost(await run(pool, { do: 'ignore' }, { softMs: 20, hardMs: 150 }), 'time-limit', /0\.15 s/);
    await assertServes(pool, 1);
  }),

  poolCase('the hard limit ends a job that blocks its thread, and no other', async (yard) => {
    const pool = await yard.open(2);
    applies(pool.traits.canKill, 'a thread cannot be taken from a job within its process');
    const other = begin(pool, { do: 'wait' });
    await other.started();
    assertLost(await run(pool, { do: 'spin', ms: 60_000 }, { hardMs: 200 }), 'time-limit', /0\.2 s/);
    pool.stop(other.id, 'ask');
    returned(await other.outcome);
    await assertServes(pool, 2);
  }),

  poolCase('the hard limit ends a worker that hangs as a whole', async (yard) => {
    const pool = await yard.open(1);
    applies(pool.traits.canKill && pool.pids.length > 0, 'no process of its own');
    const [pid] = pool.pids;
    const job = begin(pool, { do: 'wait' }, { softMs: 2500, hardMs: 3000 });
    await job.started();
    process.kill(pid!, 'SIGSTOP');
    assertLost(await job.outcome, 'time-limit', /\b3 s/);
    await assertServes(pool, 1);
    assert.ok(!pool.pids.includes(pid!));
  }),

  poolCase('killed, a job is lost, and the slot serves again', async (yard) => {
    const pool = await yard.open(2);
    const order = pool.traits.canKill ? ({ do: 'spin', ms: 60_000 } as const) : ({ do: 'ignore' } as const);
    const [killed, other] = [begin(pool, order), begin(pool, { do: 'wait' })];
    await Promise.all([killed.started(), other.started()]);
    assert.equal(pool.stop(killed.id, 'kill'), true);
    assertLost(await killed.outcome, 'killed', /./);
    pool.stop(other.id, 'ask');
    returned(await other.outcome);
    await assertServes(pool, 2);
  }),

  poolCase('a crash loses its own job only, says how, and the slot serves again', async (yard) => {
    const pool = await yard.open(2);
    applies(pool.traits.isolated, 'a crash takes this process down');
    const other = begin(pool, { do: 'wait' });
    await other.started();
    assertLost(await run(pool, { do: 'exit', code: 3 }), 'crashed', /\b3\b/);
    await assertServes(pool, 1);
    assertLost(await run(pool, { do: 'explode' }), 'crashed', /./);
    pool.stop(other.id, 'ask');
    returned(await other.outcome);
    await assertServes(pool, 2);
  }),

  poolCase('a worker killed from outside loses its job, and is replaced', async (yard) => {
    const pool = await yard.open(1);
    applies(pool.pids.length > 0, 'no process of its own');
    const job = begin(pool, { do: 'ignore' });
    await job.started();
    process.kill(pool.pids[0]!, 'SIGKILL');
    assertLost(await job.outcome, 'crashed', /SIGKILL|\b9\b/);
    await assertServes(pool, 1);
  }),

  poolCase('a worker killed while idle is replaced', async (yard) => {
    const pool = await yard.open(1);
    applies(pool.pids.length > 0, 'no process of its own');
    const [pid] = pool.pids;
    process.kill(pid!, 'SIGKILL');
    await eventually(
      () => pool.pids.length === 1 && pool.pids[0] !== pid && pool.busy === 0,
      'it is replaced',
    );
    await assertServes(pool, 1);
  }),

  poolCase('onFree is called when a lost worker has been replaced', async (yard) => {
    const pool = await yard.open(1);
    let free = 0;
    pool.onFree(() => {
      if (pool.busy < pool.size) free += 1;
    });
    assertLost(await run(pool, { do: 'ignore' }, { hardMs: 50 }), 'time-limit', /./);
    await eventually(() => free > 0, 'it is called');
    await settling();
    await assertServes(pool, 1);
  }),
];
