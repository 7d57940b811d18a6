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
import { skipRabbitmq, startSeenRabbitmq } from '../e2e/rabbitmq.ts';
import type { Plan } from './nothing-lost.ts';
import { nothingLost } from './nothing-lost.ts';

const SEED = Number(process.env['LOVAGE_CHAOS_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

export type Measure = Pick<Plan, 'tasks' | 'kills'>;

/** What every run does; the long one is in nothing-lost.soak.test.ts. */
export const SHORT: Measure = { tasks: 3000, kills: 8 };
/** Where it takes longer. */
export const SHORTER: Measure = { tasks: 1500, kills: 4 };

async function examine(t: TestContext, plan: Omit<Plan, 'ledger' | 'seed' | 'taskMs'>) {
  const folder = await mkdtemp(join(tmpdir(), 'lovage-chaos-'));
  t.after(() => rm(folder, { recursive: true }));
  t.diagnostic(`LOVAGE_CHAOS_SEED=${SEED}`);
  const verdict = await nothingLost({
    ...plan,
    ledger: join(folder, 'ledger'),
    seed: SEED,
    taskMs: 4,
  });
  const { finished, repeats, killedWorkers, killedChildren, seconds } = verdict;
  t.diagnostic(
    `${plan.tasks} tasks, ${finished} finished, ${repeats} repeats, all of them touched by one of the kills of ${killedWorkers} workers and ${killedChildren} children, ${seconds.toFixed(1)} s`,
  );
}

const TIMEOUT_MS = 180_000;

export function onSqlite(measure: Measure): void {
  test(title('SQLite', measure), { timeout: TIMEOUT_MS }, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'lovage-chaos-db-'));
    t.after(() => rm(folder, { recursive: true }));
    await examine(t, { ...measure, broker: `sqlite:///${join(folder, 'tasks.db')}` });
  });
}

export function onRabbitmq(measure: Measure): void {
  const name = title('RabbitMQ', measure, ' and a restart of the server');
  test(name, { skip: skipRabbitmq(), timeout: TIMEOUT_MS }, async (t) => {
    const [rabbitmq, redis] = await Promise.all([startSeenRabbitmq(), startRedis({ control: true })]);
    t.after(() => Promise.all([rabbitmq.stop(), redis.stop()]));
    await examine(t, {
      ...measure,
      broker: rabbitmq.url,
      results: redisDatabase(redis, 0),
      // One that is killed forgets acknowledgements: classic queues write them down when they have nothing else to do.
      restartBroker: () => rabbitmq.restart({ orderly: true }),
    });
  });
}

export function onRedis(measure: Measure): void {
  const skip = requireService('redis', { control: true });
  test(title('Redis', measure, ' and a restart of the server'), { skip, timeout: TIMEOUT_MS }, async (t) => {
    const redis = await startRedis({ appendonly: true, control: true });
    t.after(() => redis.stop());
    await examine(t, {
      ...measure,
      broker: redisDatabase(redis, 0),
      restartBroker: () => redis.restart({ keepData: true }),
    });
  });
}

export function onPostgres(measure: Measure): void {
  const skip = requireService('postgres', { control: true });
  test(title('PostgreSQL', measure, ' and a restart of the server'), {
    skip,
    timeout: TIMEOUT_MS,
  }, async (t) => {
    // What it has written survives its own death without a wait for the disk: only the machine's would need that.
    const postgres = await startPostgres({ control: true });
    t.after(() => postgres.stop());
    await examine(t, { ...measure, broker: postgres.url, restartBroker: () => postgres.restart() });
  });
}

export function onKombu(measure: Measure): void {
  const skip = requireService('postgres', { control: true });
  test(title("kombu's tables in PostgreSQL", measure, ' and a restart of the server'), {
    skip,
    timeout: TIMEOUT_MS,
  }, async (t) => {
    const postgres = await startPostgres({ control: true });
    t.after(() => postgres.stop());
    const broker = kombuSchema(postgres, 'lovage');
    await examine(t, { ...measure, broker, restartBroker: () => postgres.restart() });
  });
}

const title = (store: string, { tasks, kills }: Measure, more = ''): string =>
  `${store}: ${tasks.toLocaleString('en-US')} tasks, ${kills} kills${more}, none lost`;
