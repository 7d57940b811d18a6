import assert from 'node:assert/strict';
import type { Pool } from '../../src/index.ts';
import { applies } from '../exam.ts';
import { eventually } from '../waiting.ts';
import type { About, Order } from './orders.ts';
import { assertServes, begin, ENTRY, poolCase, returned, run } from './world.ts';

/** Run many echoes as a worker would: as many as there are slots, the next whenever one falls free. */
async function feed(pool: Pool, values: readonly number[]): Promise<unknown[]> {
  const outcomes: Promise<unknown>[] = [];
  const waiting = [...values];
  const { promise: allBegun, resolve } = Promise.withResolvers<void>();
  const fill = (): void => {
    while (waiting.length > 0 && pool.busy < pool.size) {
      outcomes.push(run(pool, { do: 'echo', value: waiting.shift() }).then(returned));
    }
    if (waiting.length === 0) resolve();
  };
  pool.onFree(fill);
  fill();
  await allBegun;
  return Promise.all(outcomes);
}

/** Jobs that end by themselves. */
export const running = [
  poolCase('what goes in comes out, whatever can be cloned', async (yard) => {
    const pool = await yard.open(1);
    const value = {
      text: 'é ☃',
      list: [1, null, undefined, -0, 10n],
      bytes: Uint8Array.of(0, 255),
      map: new Map([[{ key: 1 }, new Set(['a'])]]),
      date: new Date(0),
    };
    assert.deepEqual(returned(await run(pool, { do: 'echo', value })), value);
    assert.equal(returned(await run(pool, { do: 'echo', value: undefined })), undefined);
  }),

  poolCase('large inputs and outputs pass', async (yard) => {
    const pool = await yard.open(2);
    const value = new Uint8Array(1_000_000).map((_, i) => i);
    const outcomes = await Promise.all([1, 2].map(() => run(pool, { do: 'echo', value })));
    for (const outcome of outcomes)
      assert.ok(Buffer.from(value).equals(returned(outcome) as Uint8Array), 'other bytes came back');
  }),

  poolCase('jobs run side by side, one a slot', async (yard) => {
    const pool = await yard.open(2);
    const jobs = [begin(pool, { do: 'wait' }), begin(pool, { do: 'wait' })];
    assert.deepEqual([pool.size, pool.busy], [2, 2]);
    for (const job of jobs) await job.started();
    for (const job of jobs) assert.equal(pool.stop(job.id, 'ask'), true);
    for (const job of jobs) returned(await job.outcome);
    await eventually(() => pool.busy === 0, 'no slot is taken');
  }),

  poolCase('many jobs, each its own answer', async (yard) => {
    const pool = await yard.open(4);
    const values = Array.from({ length: 200 }, (_, i) => i);
    assert.deepEqual(await feed(pool, values), values);
  }),

  poolCase('a slot is free as soon as its job has ended', async (yard) => {
    const pool = await yard.open(1);
    for (let value = 0; value < 50; value += 1) {
      assert.equal(pool.busy, 0);
      assert.equal(returned(await run(pool, { do: 'echo', value })), value);
    }
  }),

  poolCase('onFree tells of every slot that falls free', async (yard) => {
    const pool = await yard.open(2);
    let calls = 0;
    let freeWhenCalled = true;
    pool.onFree(() => {
      calls += 1;
      freeWhenCalled &&= pool.busy < pool.size;
    });
    const ended = () => run(pool, { do: 'echo', value: 1 });
    await Promise.all([ended(), ended()]);
    await ended();
    await eventually(() => calls === 3, 'it was called for each');
    assert.equal(freeWhenCalled, true);
  }),

  poolCase('reports arrive in order, all before the outcome', async (yard) => {
    const pool = await yard.open(1);
    const count = 100;
    const job = begin(pool, { do: 'report', count });
    assert.equal(returned(await job.outcome), count);
    assert.deepEqual(
      job.reports,
      Array.from({ length: count }, (_, i) => i + 1),
    );
  }),

  poolCase('a job is told once that it begins and in which process, before all else', async (yard) => {
    const pool = await yard.open(1);
    for (let i = 0; i < 3; i += 1) {
      const heard: unknown[] = [];
      const outcome = await pool.run({
        id: `told ${i}`,
        input: { do: 'report', count: 1 } satisfies Order,
        onStart: (pid) => heard.push({ pid }),
        onReport: (report) => heard.push(report),
      });
      returned(outcome);
      assert.deepEqual(heard, [{ pid: pool.pids[0] ?? process.pid }, 1]);
    }
  }),

  poolCase('what the entry throws is told, and the slot serves on', async (yard) => {
    const pool = await yard.open(1);
    const error = await run(pool, { do: 'throw', what: 'error' });
    assert.equal(error.kind, 'threw');
    assert.deepEqual([error.error.name, error.error.message], ['RangeError', 'out of range: é']);
    assert.match(error.error.stack ?? '', /out of range/);
    const string = await run(pool, { do: 'throw', what: 'string' });
    assert.match(string.kind === 'threw' ? string.error.message : '', /just a string/);
    for (const what of ['undefined', 'odd'] as const)
      assert.equal((await run(pool, { do: 'throw', what })).kind, 'threw');
    await assertServes(pool, 1);
  }),

  poolCase('an output that cannot be cloned is told, and the slot serves on', async (yard) => {
    const pool = await yard.open(1);
    applies(pool.traits.isolated, 'outputs are not cloned within a process');
    const outcome = await run(pool, { do: 'unclonable' });
    assert.match(outcome.kind === 'threw' ? outcome.error.message : outcome.kind, /clone/i);
    await assertServes(pool, 1);
  }),

  poolCase('each worker is prepared once, with what the pool was opened with', async (yard) => {
    const pool = await yard.open(2, { greeting: 'é' });
    for (let i = 0; i < 3; i += 1) {
      const outcomes = await Promise.all([run(pool, { do: 'about' }), run(pool, { do: 'about' })]);
      for (const outcome of outcomes) {
        const { data, inits } = returned(outcome) as About;
        assert.deepEqual([data, inits], [{ greeting: 'é' }, 1]);
      }
    }
  }),

  poolCase('each worker is told its number, from 1', async (yard) => {
    const pool = await yard.open(2);
    const outcomes = await Promise.all([run(pool, { do: 'about' }), run(pool, { do: 'about' })]);
    const numbers = outcomes.map((outcome) => (returned(outcome) as About).number).sort();
    assert.deepEqual(numbers, pool.traits.isolated ? [1, 2] : [1, 1]);
  }),

  poolCase('open rejects with what the entry throws at first', async (yard) => {
    const pool = await yard.make(2, { failInit: 'no database: é' });
    await assert.rejects(pool.open(), /no database: é/);
    await pool.close(0);
  }),

  poolCase('open rejects where there is no entry', async (yard) => {
    await assert.rejects(async () => {
      const pool = await yard.world.make({ size: 1, entry: new URL('./is-not-there.js', ENTRY) });
      await pool.open();
    }, /is-not-there/);
  }),
];
