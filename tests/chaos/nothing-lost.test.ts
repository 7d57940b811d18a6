import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { redisDatabase, requireService, startPostgres, startRedis } from '../../tools/services.ts';
import { examine } from './nothing-lost-exam.ts';

test('SQLite: 10,000 tasks, 20 kills, none lost', { timeout: 180_000 }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'lovage-chaos-db-'));
  t.after(() => rm(folder, { recursive: true }));
  await examine(t, { broker: `sqlite:///${join(folder, 'tasks.db')}` });
});

const skip = requireService('redis', { control: true });
test('Redis: 10,000 tasks, 20 kills and a restart of the server, none lost', {
  skip,
  timeout: 180_000,
}, async (t) => {
  const redis = await startRedis({ appendonly: true, control: true });
  t.after(() => redis.stop());
  await examine(t, {
    broker: redisDatabase(redis, 0),
    restartBroker: () => redis.restart({ keepData: true }),
  });
});

const skipPostgres = requireService('postgres', { control: true });
test('PostgreSQL: 10,000 tasks, 20 kills and a restart of the server, none lost', {
  skip: skipPostgres,
  timeout: 180_000,
}, async (t) => {
  const postgres = await startPostgres({ control: true, durable: true });
  t.after(() => postgres.stop());
  await examine(t, { broker: postgres.url, restartBroker: () => postgres.restart() });
});
