import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Command } from '../program.ts';
import type { Scratch } from '../scratch.ts';
import { postgresStore, redisStore, type Store, sqliteStore } from '../store.ts';
import { celeryLedger } from './celery-ledger.ts';
import { driverLedger } from './lovage-ledger.ts';
import { nodeProgram, programPath } from './node-program.ts';
import { postgresLedger } from './postgres-ledger.ts';
import type { Ledger, OpenStore, System } from './system.ts';

export interface LovageOptions {
  readonly store: keyof typeof STORES;
  readonly pool: 'async' | 'prefork';
  readonly concurrency: number;
  /** workerPrefetchMultiplier; 4 as in Celery. */
  readonly multiplier?: number;
  readonly form?: Form;
}

/** How our packages are loaded: their TypeScript by Node itself, or what `npm run build` made of it. */
export type Form = 'source' | 'built';

/** Lovage as its command line starts it, late acks as for everyone. */
export function lovage({ store, pool, concurrency, multiplier = 4, form = 'source' }: LovageOptions): System {
  const worker = ['worker', '-A', programPath('lovage/tasks.js'), '-l', 'warning', '-P', pool];
  worker.push('-c', String(concurrency), '--prefetch-multiplier', String(multiplier));
  return {
    fill: 'bulk',
    worker: () => commandLine(worker, form),
    producer: (job) => nodeProgram('lovage/producer.js', [JSON.stringify(job)], {}, conditions(form)),
    open: STORES[store],
  };
}

/** The `lovage` command, as the package that users install names it. */
export function commandLine(args: readonly string[], form: Form): Command {
  const home = new URL('../../packages/lovage/', import.meta.url);
  const { bin } = JSON.parse(readFileSync(new URL('package.json', home), 'utf8')) as {
    bin: { lovage: string };
  };
  return {
    file: process.execPath,
    args: [...conditions(form), fileURLToPath(new URL(bin.lovage, home)), ...args],
  };
}

const conditions = (form: Form): string[] => (form === 'source' ? ['--conditions=lovage-source'] : []);

const STORES = { redis: openRedis, sqlite: openSqlite, postgres: openPostgres } as const;

async function openRedis(): Promise<OpenStore> {
  await using opened = new AsyncDisposableStack();
  const store = opened.use(await redisStore());
  const ours = opened.use(await driverLedger(store.url));
  // The queue and results of Celery's layout are counted like Celery's; what waits for its time is ours alone.
  const ledger = { ...celeryLedger(store.client), parked: ours.ledger.parked };
  return keep(opened, store, ledger);
}

async function openSqlite(scratch: Scratch): Promise<OpenStore> {
  await using opened = new AsyncDisposableStack();
  const store = opened.use(sqliteStore(scratch));
  const { ledger } = opened.use(await driverLedger(store.url));
  return keep(opened, store, ledger);
}

async function openPostgres(): Promise<OpenStore> {
  await using opened = new AsyncDisposableStack();
  const store = opened.use(await postgresStore());
  const ours = opened.use(await driverLedger(store.url));
  // To count a long queue each time would take a share of the machine that peers are not charged.
  const ledger = { ...ours.ledger, ...postgresLedger(store.client, TABLES) };
  return keep(opened, store, ledger);
}

const TABLES = {
  waiting: 'select count(*)::int as count from lovage.messages where lease is null and due is null',
  last: `select from lovage.messages where lease is null and due is null order by queue desc, rank, id desc limit 1`,
  running: 'select from lovage.messages where lease is not null limit 1',
};

/** What was opened stays open until the measurement disposes of it; had opening failed, it would be closed now. */
function keep(opened: AsyncDisposableStack, store: Store, ledger: Ledger): OpenStore {
  const kept = opened.move();
  return { store, ledger, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
