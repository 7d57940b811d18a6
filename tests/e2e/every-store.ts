/** Each kind of store, empty, for scenarios that must go the same on all of them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import {
  kombuSchema,
  type PostgresServer,
  postgresSchema,
  type RedisServer,
  redisDatabase,
  requireService,
  startPostgres,
  startRedis,
} from '../../tools/services.ts';
import { openRabbitmq, skipRabbitmq, type TwoStores } from './rabbitmq.ts';

export interface AnyStore {
  readonly name: string;
  readonly skip: string | false;
  open(): Promise<TwoStores>;
}

// One server of each kind for all of a file.
let redis: Promise<RedisServer> | undefined;
let postgres: Promise<PostgresServer> | undefined;
after(async () => {
  await Promise.all([(await redis)?.stop(), (await postgres)?.stop()]);
});
let made = 0;

const kept = (broker: string, results = broker): TwoStores => ({ broker, results, close: async () => {} });

/** A fresh database of the private server: it has 16. */
async function nextDatabase(): Promise<string> {
  redis ??= startRedis({ control: true });
  made += 1;
  return redisDatabase(await redis, made % 16);
}

async function inPostgres(url: typeof postgresSchema): Promise<TwoStores> {
  postgres ??= startPostgres();
  made += 1;
  return kept(url(await postgres, `e2e_${process.pid}_${made}`));
}

async function fileOf(name: string): Promise<readonly [url: string, close: () => Promise<void>]> {
  const folder = await mkdtemp(join(tmpdir(), 'lovage-e2e-'));
  return [`sqlite:///${join(folder, name)}`, () => rm(folder, { recursive: true })];
}

const STORES = {
  memory: { name: 'memory', skip: false, open: async () => kept(`memory://e2e-${crypto.randomUUID()}`) },
  sqlite: {
    name: 'one SQLite file',
    skip: false,
    async open() {
      const [url, close] = await fileOf('tasks.db');
      return { ...kept(url), close };
    },
  },
  redis: {
    name: 'Redis, one database',
    skip: requireService('redis', { control: true }),
    open: async () => kept(await nextDatabase()),
  },
  twoRedis: {
    name: 'Redis, a database for messages and one for results',
    skip: requireService('redis', { control: true }),
    open: async () => kept(await nextDatabase(), await nextDatabase()),
  },
  redisAndSqlite: {
    name: 'Redis for messages, SQLite for results',
    skip: requireService('redis', { control: true }),
    async open() {
      const [results, close] = await fileOf('results.db');
      return { ...kept(await nextDatabase(), results), close };
    },
  },
  postgres: {
    name: 'PostgreSQL',
    skip: requireService('postgres'),
    open: () => inPostgres(postgresSchema),
  },
  kombu: {
    name: "kombu's tables in PostgreSQL",
    skip: requireService('postgres'),
    open: () => inPostgres(kombuSchema),
  },
  rabbitmq: { name: 'RabbitMQ, results in Redis', skip: skipRabbitmq(), open: openRabbitmq },
} satisfies Readonly<Record<string, AnyStore>>;

/** Has what is told examined on each of these, one after the other. */
export function onEach(examine: (store: AnyStore) => void, ...names: readonly (keyof typeof STORES)[]): void {
  for (const name of names) examine(STORES[name]);
}
