import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { kombuSchema, redisDatabase, startPostgres, startRedis } from '../../tools/services.ts';
import { openRabbitmq, skipRabbitmq } from '../e2e/rabbitmq.ts';
import { MACHINE_MS } from '../machine.ts';
import type { RollingPlan } from './rolling-restarts.ts';
import { rollingRestarts } from './rolling-restarts.ts';

interface Measure extends Omit<RollingPlan, 'broker' | 'results' | 'ledger' | 'seed'> {
  /** How much longer than promised a task may stay away. */
  readonly allowedMs: number;
}

const SEED = Number(process.env['LOVAGE_CHAOS_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
/** What the product promises. */
const RETURN_LIMIT_MS = 1000;
const TIMEOUT_MS = 300_000;

/** The long run is in rolling-restarts.soak.test.ts. */
export const SHORT: Measure = {
  restarts: 4,
  tasksPerSecond: 100,
  longestMs: 2000,
  graceS: 0.7,
  allowedMs: MACHINE_MS,
};

export function onSqlite(measure: Measure): void {
  test(title('SQLite', measure), { timeout: TIMEOUT_MS }, async (t) => {
    const folder = await temporary(t);
    await examine(t, { ...measure, broker: `sqlite:///${join(folder, 'tasks.db')}` });
  });
}

export function onRedis(measure: Measure, skip: string | false): void {
  test(title('Redis', measure), { skip, timeout: TIMEOUT_MS }, async (t) => {
    const redis = await startRedis();
    t.after(() => redis.stop());
    await examine(t, { ...measure, broker: redisDatabase(redis, 0) });
  });
}

export function onPostgres(measure: Measure, skip: string | false): void {
  test(title('PostgreSQL', measure), { skip, timeout: TIMEOUT_MS }, async (t) => {
    const postgres = await startPostgres({ control: true });
    t.after(() => postgres.stop());
    await examine(t, { ...measure, broker: postgres.url });
  });
}

export function onKombu(measure: Measure, skip: string | false): void {
  test(title("kombu's tables", measure), { skip, timeout: TIMEOUT_MS }, async (t) => {
    const postgres = await startPostgres({ control: true });
    t.after(() => postgres.stop());
    await examine(t, { ...measure, broker: kombuSchema(postgres, 'lovage') });
  });
}

export function onRabbitmq(measure: Measure): void {
  test(title('RabbitMQ', measure), { skip: skipRabbitmq(), timeout: TIMEOUT_MS }, async (t) => {
    const { broker, results } = await openRabbitmq();
    await examine(t, { ...measure, broker, results });
  });
}

async function examine(
  t: TestContext,
  { allowedMs, ...plan }: Omit<RollingPlan, 'ledger' | 'seed'> & Pick<Measure, 'allowedMs'>,
): Promise<void> {
  const folder = await temporary(t);
  t.diagnostic(`LOVAGE_CHAOS_SEED=${SEED}`);
  const verdict = await rollingRestarts({ ...plan, ledger: join(folder, 'ledger'), seed: SEED });
  const { sent, unfinished, slowestReturnMs, seconds } = verdict;
  t.diagnostic(
    `${sent} tasks, none lost, none that finished ran again; ${unfinished} were given back and ran elsewhere within ${slowestReturnMs} ms; ${seconds.toFixed(1)} s`,
  );
  assert.ok(unfinished > 0, 'tasks were under way when workers stopped');
  assert.ok(slowestReturnMs <= RETURN_LIMIT_MS + allowedMs, `one came back only after ${slowestReturnMs} ms`);
}

async function temporary(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lovage-rolling-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const title = (store: string, { restarts, tasksPerSecond }: Measure): string =>
  `${store}: ${restarts} rolling restarts under ${tasksPerSecond} tasks a second lose and repeat nothing`;
