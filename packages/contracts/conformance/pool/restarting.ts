import assert from 'node:assert/strict';
import type { Pool } from '../../src/index.ts';
import { applies } from '../exam.ts';
import type { About } from './orders.ts';
import { assertServes, begin, poolCase, returned, run } from './world.ts';

/** The numbers of the workers behind two slots. */
async function numbers(pool: Pool): Promise<number[]> {
  const outcomes = await Promise.all([run(pool, { do: 'about' }), run(pool, { do: 'about' })]);
  return outcomes.map((outcome) => (returned(outcome) as About).number).sort();
}

/** Workers made anew. */
export const restarting = [
  poolCase('restarted, it serves at once', async (yard) => {
    const pool = await yard.open(2);
    await pool.restart();
    assert.deepEqual([pool.size, pool.busy], [2, 0]);
    await assertServes(pool, 2);
  }),

  poolCase('a restart replaces every worker', async (yard) => {
    const pool = await yard.open(2);
    applies(pool.traits.isolated, 'its workers are this process');
    const pids = [...pool.pids];
    assert.deepEqual(await numbers(pool), [1, 2]);
    await pool.restart();
    assert.deepEqual(await numbers(pool), [3, 4]);
    assert.equal(pool.pids.length, pids.length);
    assert.ok(!pool.pids.some((pid) => pids.includes(pid)));
  }),

  poolCase('a restart lets running jobs end, and waits for them', async (yard) => {
    const pool = await yard.open(2);
    const job = begin(pool, { do: 'wait' });
    await job.started();
    let restarted = false;
    const restarting = pool.restart().then(() => {
      restarted = true;
    });
    await assertServes(pool, 1);
    assert.equal(restarted, !pool.traits.isolated);
    pool.stop(job.id, 'ask');
    returned(await job.outcome);
    await restarting;
    await assertServes(pool, 2);
  }),
];
