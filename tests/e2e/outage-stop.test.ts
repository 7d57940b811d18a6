/** A worker must end when it is told to, also while its Redis is away: supervisors kill what does not. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { redisDatabase, requireService, startRedis } from '../../tools/services.ts';
import { PreforkStage } from './prefork-stage.ts';
import { until } from './stage.ts';

const skip = requireService('redis', { control: true });

describe('a worker whose Redis is away', { skip, timeout: 120_000, concurrency: 3 }, () => {
  test('ends on TERM when nothing runs', async () => {
    await using redis = await startRedis({ control: true });
    await using stage = new PreforkStage(redisDatabase(redis, 0));
    const worker = await stage.worker('-c', '1');
    await redis.kill();
    await worker.says(/cannot|closed/i);
    assert.deepEqual(await worker.stop(), { code: 0, signal: null });
  });

  test('ends on QUIT though it cannot give back what runs; that comes back by itself', async () => {
    await using redis = await startRedis({ control: true, appendonly: true });
    await using stage = new PreforkStage(redisDatabase(redis, 0));
    const worker = await stage.worker('-c', '1');
    const result = await stage.send<string>('pf.nap_late', [0.5, 'late']);
    await until(() => stage.runs('late') === 1, 'it runs');
    await redis.kill();
    worker.signal('SIGQUIT');
    assert.equal((await worker.exited).signal, null);
    await redis.restart();
    await stage.worker('-c', '1');
    assert.equal(await result.get({ timeout: 60 }), 'late');
    assert.equal(stage.runs('late'), 2);
  });

  test('ends on TERM and the grace given, with a result that it cannot store', async () => {
    await using redis = await startRedis({ control: true, appendonly: true });
    await using stage = new PreforkStage(redisDatabase(redis, 0));
    const worker = await stage.worker('-c', '1', '--shutdown-grace', '2');
    const result = await stage.send<string>('pf.nap_late', [1, 'late']);
    await until(() => stage.runs('late') === 1, 'it runs');
    await redis.kill();
    worker.signal('SIGTERM');
    assert.equal((await worker.exited).signal, null);
    await redis.restart();
    await stage.worker('-c', '1');
    assert.equal(await result.get({ timeout: 60 }), 'late');
  });
});
