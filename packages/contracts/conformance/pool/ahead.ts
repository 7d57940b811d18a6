import assert from 'node:assert/strict';
import type { Pool, PoolAhead } from '../../src/index.ts';
import { applies } from '../exam.ts';
import { eventually, sleep } from '../waiting.ts';
import type { Reason } from './orders.ts';
import { assertLost, assertServes, type Begun, begin, poolCase, returned, type Yard } from './world.ts';

/**
 * A pool whose slots are all taken by jobs that end when they are asked to. They have only just been given, so that
 * nobody knows yet how long they are: jobs ahead may be handed over behind them.
 */
async function taken(yard: Yard, size: number): Promise<{ pool: Pool; ahead: PoolAhead; running: Begun[] }> {
  const pool = await yard.open(size);
  const { ahead } = pool;
  applies(ahead !== undefined, 'it has no places ahead');
  const running = Array.from({ length: size }, () => begin(pool, { do: 'wait' }));
  return { pool, ahead, running };
}

/** Jobs given to a pool before a slot is free. */
export const ahead = [
  poolCase('jobs ahead are counted, and begin in turn as slots fall free', async (yard) => {
    const { pool, ahead, running } = await taken(yard, 1);
    assert.deepEqual([ahead.taken, ahead.places > 0], [0, true]);
    const order: number[] = [];
    const waiting = Array.from({ length: ahead.places }, (_, i) =>
      begin(pool, { do: 'echo', value: i }, { onStart: () => order.push(i) }),
    );
    assert.deepEqual([pool.busy, ahead.taken, order], [1, ahead.places, []]);
    let calls = 0;
    pool.onFree(() => {
      calls += 1;
    });
    pool.stop(running[0]!.id, 'ask');
    for (const [i, job] of waiting.entries()) assert.equal(returned(await job.outcome), i);
    assert.deepEqual(
      order,
      waiting.map((_, i) => i),
    );
    assert.deepEqual([pool.busy, ahead.taken], [0, 0]);
    await eventually(() => calls >= waiting.length + 1, 'onFree was called for each place and the slot');
  }),

  poolCase('no job ahead waits for a long one while another slot is free', async (yard) => {
    const pool = await yard.open(2);
    applies(pool.ahead !== undefined, 'it has no places ahead');
    // Given in one go: where they wait is decided before anybody knows that the first one is long.
    const long = begin(pool, { do: 'spin', ms: 60_000 });
    const short = Array.from({ length: 1 + pool.ahead.places }, (_, i) =>
      begin(pool, { do: 'echo', value: i }),
    );
    for (const [i, job] of short.entries()) assert.equal(returned(await job.outcome), i);
    assert.equal(pool.stop(long.id, 'kill'), true);
    await long.outcome;
  }),

  poolCase('limits of a job ahead count from its begin', async (yard) => {
    const { pool, running } = await taken(yard, 1);
    const job = begin(pool, { do: 'sleep', ms: 50 }, { softMs: 1000, hardMs: 1500 });
    const spent = begin(pool, { do: 'ignore' }, { hardMs: 100 });
    await sleep(1600);
    pool.stop(running[0]!.id, 'ask');
    assert.equal(returned(await job.outcome), 'slept');
    assertLost(await spent.outcome, 'time-limit', /0\.1 s/);
  }),

  poolCase('a job ahead can be taken back, and never begins', async (yard) => {
    const { pool, ahead, running } = await taken(yard, 1);
    let began = 0;
    const onStart = () => {
      began += 1;
    };
    const back = begin(pool, { do: 'echo', value: 'back' }, { onStart });
    const stays = begin(pool, { do: 'echo', value: 'stays' });
    await running[0]!.started();
    assert.equal(ahead.withdraw(back.id), true);
    assertLost(await back.outcome, 'withdrawn', /./);
    assert.equal(ahead.taken, 1);
    assert.equal(ahead.withdraw(back.id), false);
    pool.stop(running[0]!.id, 'ask');
    assert.equal(returned(await stays.outcome), 'stays');
    assert.equal(began, 0);
  }),

  poolCase('what has begun is not taken back', async (yard) => {
    const { pool, ahead, running } = await taken(yard, 1);
    await running[0]!.started();
    assert.equal(ahead.withdraw(running[0]!.id), false);
    assert.equal(ahead.withdraw('nobody'), false);
    pool.stop(running[0]!.id, 'ask');
    returned(await running[0]!.outcome);
  }),

  poolCase('a job ahead can be ended before it begins, and harms none', async (yard) => {
    const { pool, ahead, running } = await taken(yard, 1);
    const killed = begin(pool, { do: 'ignore' });
    await running[0]!.started();
    const asked = begin(pool, { do: 'wait' });
    assert.equal(pool.stop(killed.id, 'kill'), true);
    assertLost(await killed.outcome, 'killed', /./);
    assert.equal(pool.stop(asked.id, 'ask'), true);
    assert.deepEqual([pool.busy, ahead.taken], [1, 1]);
    pool.stop(running[0]!.id, 'ask');
    returned(await running[0]!.outcome);
    assert.deepEqual(returned(await asked.outcome), { timeLimit: false } satisfies Reason);
  }),

  poolCase('a job ahead outlives the worker it was meant for', async (yard) => {
    const { pool, ahead, running } = await taken(yard, 1);
    applies(pool.traits.isolated, 'a crash takes this process down');
    const starts: number[] = [];
    const jobs = Array.from({ length: ahead.places }, (_, value) =>
      begin(pool, { do: 'echo', value }, { onStart: (pid) => starts.push(pid) }),
    );
    const [dead] = pool.pids;
    await running[0]!.started();
    pool.stop(running[0]!.id, 'kill');
    assertLost(await running[0]!.outcome, 'killed', /./);
    for (const [i, job] of jobs.entries()) assert.equal(returned(await job.outcome), i);
    assert.equal(starts.length, jobs.length);
    assert.ok(dead === undefined || !starts.includes(dead));
    await assertServes(pool, 1);
  }),

  poolCase('closed, a pool gives back what has not begun', async (yard) => {
    const { pool, running } = await taken(yard, 1);
    const job = begin(pool, { do: 'echo', value: 1 });
    await running[0]!.started();
    const closed = pool.close(20_000);
    assertLost(await job.outcome, 'withdrawn', /./);
    pool.stop(running[0]!.id, 'ask');
    returned(await running[0]!.outcome);
    await closed;
  }),

  poolCase('a pool says how many jobs each worker process has begun', async (yard) => {
    const pool = await yard.open(1);
    applies(pool.begun !== undefined, 'it has no worker processes');
    assert.deepEqual([...pool.begun], [[pool.pids[0], 0]]);
    await assertServes(pool, 1);
    const job = begin(pool, { do: 'wait' });
    assert.deepEqual([...pool.begun], [[pool.pids[0], 2]]);
    pool.stop(job.id, 'ask');
    await job.outcome;
    await pool.restart();
    assert.deepEqual([...pool.begun], [[pool.pids[0], 0]]);
  }),
];
