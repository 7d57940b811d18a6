/** What random workflows found, each as small as it can be. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { chord } from 'lovage';
import { redisDatabase, requireService, startRedis } from '../../tools/services.ts';
import { RandomStage } from './canvas-random-stage.ts';
import type { Kind, Tree } from './canvas-random-tree.ts';
import { written } from './canvas-random-tree.ts';
import { askRedis } from './redis-raw.ts';
import { until } from './stage.ts';

const leaf = (label: number, kind: Kind = 'ok'): Tree => ({ kind, early: false, label });
const chain = (...parts: Tree[]): Tree => ({ kind: 'chain', parts });
const group = (...parts: Tree[]): Tree => ({ kind: 'group', parts });

describe('workflows in memory', { timeout: 60_000 }, () => {
  let stage: RandomStage;
  before(async () => {
    stage = new RandomStage(`memory://found-${crypto.randomUUID()}`);
    await stage.start();
  });
  after(() => stage.close());

  for (const [kind, state] of [
    ['expired', 'REVOKED'],
    ['revokedBefore', 'REVOKED'],
    ['revokedWaiting', 'REVOKED'],
    ['terminated', 'REVOKED'],
    ['unknown', 'FAILURE'],
  ] as const) {
    test(`${written(chain(leaf(0, kind), leaf(1)))}: who waits for its end is told`, async () => {
      const { states } = await stage.run({ tree: chain(leaf(0, kind), leaf(1)), revokeAfter: 0 });
      assert.deepEqual([states.get(0), states.get(1)], [state, state]);
    });
  }

  const nested = group(chain(group(leaf(1), leaf(2))), leaf(3));
  test(`${written(nested)} gives the same whoever sends it`, async () => {
    // Sent by the client, and by the worker after leaf 0, whose result is 0.
    const byClient = await stage.run({ tree: nested, revokeAfter: 0 });
    const byWorker = await stage.run({ tree: chain(leaf(0), nested), revokeAfter: 0 });
    const text = JSON.stringify((byWorker.ends[0]!.values as unknown[])[0]).replace(/\[(\d),0\]/g, '$1');
    assert.deepEqual(JSON.parse(text), (byClient.ends[0]!.values as unknown[]).slice(0, -1));
  });
});

test('on Redis, a part that ends when its chord has expired is not kept longer than its result', {
  skip: requireService('redis'),
  timeout: 60_000,
}, async (t) => {
  const redis = await startRedis();
  const stage = new RandomStage(redisDatabase(redis, 0), { resultExpires: 1 });
  t.after(async () => {
    await stage.close();
    await redis.stop();
  });
  const { app } = stage;
  const signature = (label: number) => app.signature('random.leaf', [{ kind: 'ok', label }]);
  await stage.start();
  const late = signature(1).set({ eta: new Date(Date.now() + 2000), taskId: 'late' });
  await chord([late], app.signature('random.done')).delay();
  await until(() => stage.taskIds.has('late'), 'it ran');
  await stage.quiet();
  const parts = (await askRedis(redis.port, 'KEYS', '*.j')).match(/celery-taskset-meta-.*\.j/)?.[0];
  const leftMs = Number(/:(-?\d+)/.exec(await askRedis(redis.port, 'PTTL', parts ?? 'nothing'))![1]);
  assert.ok(leftMs <= 1000, `${parts} stays for ${leftMs} ms`);
});
