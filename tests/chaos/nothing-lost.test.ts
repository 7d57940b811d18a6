import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import {
  kombuSchema,
  redisDatabase,
  requireService,
  startPostgres,
  startRedis,
} from '../../tools/services.ts';
import type { Plan } from './nothing-lost.ts';
import { nothingLost } from './nothing-lost.ts';

const SEED = Number(process.env['LOVAGE_CHAOS_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

async function examine(t: TestContext, plan: Omit<Plan, 'ledger' | 'seed' | 'tasks' | 'taskMs' | 'kills'>) {
  const folder = await mkdtemp(join(tmpdir(), 'lovage-chaos-'));
  t.after(() => rm(folder, { recursive: true }));
  t.diagnostic(`LOVAGE_CHAOS_SEED=${SEED}`);
  const verdict = await nothingLost({
    ...plan,
    ledger: join(folder, 'ledger'),
    seed: SEED,
    tasks: 10_000,
    taskMs: 4,
    kills: 20,
  });
  const { finished, repeats, killedWorkers, killedChildren, seconds } = verdict;
  t.diagnostic(
    `10000 tasks, ${finished} finished, ${repeats} repeats, all of them touched by one of the kills of ${killedWorkers} workers and ${killedChildren} children, ${seconds.toFixed(1)} s`,
  );
}

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

test("kombu's tables in PostgreSQL: 10,000 tasks, 20 kills and a restart of the server, none lost", {
  skip: skipPostgres,
  timeout: 180_000,
}, async (t) => {
  const postgres = await startPostgres({ control: true, durable: true });
  t.after(() => postgres.stop());
  await examine(t, { broker: kombuSchema(postgres, 'lovage'), restartBroker: () => postgres.restart() });
});
