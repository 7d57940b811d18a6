import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { redisDatabase, requireService, startRedis } from '../../tools/services.ts';
import { memoryOfWorker } from './memory.ts';

const PLAN = { warmUp: 30_000, tasks: 300_000, failing: 30_000, reconnects: 30 };

test('a worker is no larger after 300,000 tasks, 30,000 failures and 30 lost connections', {
  skip: requireService('redis'),
}, async (t) => {
  const redis = await startRedis();
  const folder = await mkdtemp(join(tmpdir(), 'lovage-memory-'));
  t.after(async () => {
    await redis.stop();
    await rm(folder, { recursive: true });
  });
  const { warmMb, endMb, ratio } = await memoryOfWorker({
    ...PLAN,
    broker: redisDatabase(redis, 0),
    port: redis.port,
    ledger: join(folder, 'ledger'),
  });
  t.diagnostic(
    `${warmMb.toFixed(1)} MB after 30,000 tasks, ${endMb.toFixed(1)} MB at the end: ${ratio.toFixed(2)}`,
  );
  assert.ok(ratio <= 1.2, `it grew from ${warmMb.toFixed(1)} to ${endMb.toFixed(1)} MB`);
});
