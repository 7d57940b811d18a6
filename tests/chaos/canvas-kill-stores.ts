import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  kombuSchema,
  redisDatabase,
  requireService,
  startPostgres,
  startRedis,
} from '../../tools/services.ts';
import { openRabbitmq, skipRabbitmq } from '../e2e/rabbitmq.ts';
import { type PYTHON_TABLES, pythonTables } from '../python-tables.ts';
import { canvasKills, type KillPlan } from './canvas-kills.ts';

type Measure = Pick<KillPlan, 'workflows' | 'kills' | 'killingMs'>;

const SEED = Number(process.env['LOVAGE_CHAOS_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

export function onSqlite(pool: KillPlan['pool'], measure: Measure, timeout: number): void {
  test(title('SQLite', pool, measure), { timeout }, async (t) => {
    const folder = await temporary(t);
    await examine(t, { ...measure, pool, broker: `sqlite:///${join(folder, 'tasks.db')}` });
  });
}

export function onRedis(pool: KillPlan['pool'], measure: Measure, timeout: number): void {
  test(title('Redis', pool, measure), { timeout, skip: requireService('redis') }, async (t) => {
    const redis = await startRedis();
    t.after(() => redis.stop());
    await examine(t, { ...measure, pool, broker: redisDatabase(redis, 0) });
  });
}

export function onPostgres(pool: KillPlan['pool'], measure: Measure, timeout: number): void {
  const skip = requireService('postgres', { control: true });
  test(title('PostgreSQL', pool, measure), { timeout, skip }, async (t) => {
    const postgres = await startPostgres({ control: true });
    t.after(() => postgres.stop());
    await examine(t, { ...measure, pool, broker: postgres.url });
  });
}

export function onKombu(pool: KillPlan['pool'], measure: Measure, timeout: number): void {
  const skip = requireService('postgres', { control: true });
  test(title("kombu's tables", pool, measure), { timeout, skip }, async (t) => {
    const postgres = await startPostgres({ control: true });
    t.after(() => postgres.stop());
    await examine(t, { ...measure, pool, broker: kombuSchema(postgres, 'lovage') });
  });
}

/** Results in tables of Python, messages on Redis. */
export function onPythonTables(
  scheme: (typeof PYTHON_TABLES)[number],
  pool: KillPlan['pool'],
  measure: Measure,
  timeout: number,
): void {
  const skip = requireService('redis') || requireService('postgres') || requireService('django');
  test(title(scheme, pool, measure), { timeout, skip }, async (t) => {
    const redis = await startRedis();
    t.after(() => redis.stop());
    const server = await startPostgres();
    t.after(() => server.stop());
    const results = await pythonTables(server, scheme);
    await examine(t, { ...measure, pool, broker: redisDatabase(redis, 0), results });
  });
}

export function onRabbitmq(pool: KillPlan['pool'], measure: Measure, timeout: number): void {
  test(title('RabbitMQ', pool, measure), { timeout, skip: skipRabbitmq() }, async (t) => {
    const { broker, results } = await openRabbitmq();
    await examine(t, { ...measure, pool, broker, results });
  });
}

async function examine(t: TestContext, plan: Omit<KillPlan, 'ledger' | 'seed'>): Promise<void> {
  const folder = await temporary(t);
  t.diagnostic(`LOVAGE_CHAOS_SEED=${SEED}`);
  const verdict = await canvasKills({ ...plan, ledger: join(folder, 'ledger'), seed: SEED });
  const { workflows, tasks, bodies, errbacks, killedWorkers, killedChildren, cut, again, seconds } = verdict;
  t.diagnostic(
    `${workflows} workflows of ${tasks} tasks: ${bodies} bodies and ${errbacks} errbacks, each once; ${killedWorkers} workers and ${killedChildren} children killed, which cut off ${told(cut)}; run again: ${told(again)}; ${seconds.toFixed(1)} s`,
  );
}

const told = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([task, count]) => `${count} ${task}`)
    .join(', ') || 'nothing';

async function temporary(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lovage-canvas-kills-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const title = (store: string, pool: string, { kills }: Measure): string =>
  `${store}, ${pool}: workflows end once each, whatever up to ${kills} kills hit`;
