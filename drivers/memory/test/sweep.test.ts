import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryWorld } from './world.ts';

test('a sweep deletes what has expired, results and chords, no more than asked', async () => {
  const world = memoryWorld('results');
  const results = await world.connect();
  const payload = new Uint8Array();
  const record = (taskId: string, ttlMs: number) => ({
    taskId,
    state: 'SUCCESS',
    final: true,
    payload,
    ttlMs,
  });
  await results.store([record('a', 1), record('b', 1), record('kept', 60_000)]);
  const chord = { members: ['t0', 't1'], plan: payload };
  for (const id of ['old', 'older']) await results.chords!.open({ ...chord, id, ttlMs: 1 });
  await results.chords!.open({ ...chord, id: 'young', ttlMs: 60_000 });
  const from = Date.now();
  while (Date.now() <= from + 1) await new Promise(setImmediate);
  assert.deepEqual([await results.sweep(3), await results.sweep(10), await results.sweep(10)], [3, 1, 0]);
  assert.deepEqual([...(await results.fetch(['a', 'b', 'kept'])).keys()], ['kept']);
  assert.deepEqual(
    (await results.chords!.review(0, 10)).map(({ id }) => id),
    ['young'],
  );
  await world.dispose();
});
