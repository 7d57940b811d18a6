import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { ResultBackend } from '@lovage/contracts';
import { Client } from 'pg';
import {
  kombuSchema,
  redisDatabase,
  requireService,
  startPostgres,
  startRedis,
} from '../../tools/services.ts';
import type { StoreUrls } from './prefork-stage.ts';
import { skipRabbitmq, startSeenRabbitmq } from './rabbitmq.ts';
import { askRedis } from './redis-raw.ts';

/** Where a store cannot be looked into from outside it is asked. */
export interface Known {
  readonly results: ResultBackend;
  /** Of every task that ran. */
  readonly taskIds: readonly string[];
}

/** A store that is empty when it is opened. */
export interface OpenStore {
  readonly name: string;
  readonly skip: string | false;
  /** Answers its URL, or the two of messages and of results. */
  open(): Promise<StoreUrls>;
  /** What is in it of messages, results and chords, without what it keeps of its own by design. */
  contents(known: Known): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** The same for each kind of store. */
export function onStores(examine: (store: OpenStore) => void): void {
  for (const store of [inMemory(), onSqlite(), onRedis(), onPostgres(), onKombu(), onRabbitmq()])
    examine(store);
}

function inMemory(): OpenStore {
  const name = `random-${crypto.randomUUID()}`;
  return {
    name: 'memory',
    skip: false,
    open: async () => `memory://${name}`,
    contents: async ({ results, taskIds }) => [...(await results.fetch(taskIds)).keys()],
    close: async () => {},
  };
}

/** Tables that hold nothing of any one task. */
const OWN_TABLES: ReadonlySet<string> = new Set([
  'queues', // which there are
  'consumers', // the leases of living workers
  'bus', // what workers and clients tell each other, kept for a moment
  'result_sequence', // the last number given
  'schedules',
  'schedule_revision',
  'locks',
  'revocations', // a revoke holds for three hours
  'sqlite_sequence', // the last numbers given, kept by SQLite
  'migrations', // and on PostgreSQL: which versions were made
  'bus_pollers', // who cannot be told of news
  'revocation_sequence', // the last number given
  'kombu_queue', // and on kombu's tables: the queues
  'lovage_kombu_message_leases',
  'lovage_kombu_message_migrations',
]);

function onSqlite(): OpenStore {
  let folder = '';
  const file = () => join(folder, 'tasks.db');
  return {
    name: 'SQLite',
    skip: false,
    async open() {
      folder = mkdtempSync(join(tmpdir(), 'lovage-random-'));
      return `sqlite:///${file()}`;
    },
    async contents() {
      using database = new DatabaseSync(file(), { readOnly: true });
      const tables = database.prepare("select name from sqlite_schema where type = 'table'").all();
      return tables.flatMap(({ name }) => {
        if (OWN_TABLES.has(String(name))) return [];
        const count = database.prepare(`select count(*) as rows from ${name}`).get()!['rows'];
        return count === 0 ? [] : [`${name}: ${count} rows`];
      });
    },
    close: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Keys that hold nothing of any one task. */
const OWN_KEYS: readonly RegExp[] = [
  /^_kombu\.binding\./, // kombu's table of queues
  /^lovage:consumers$/, // the leases of living workers
  /^lovage:revocations(:ends)?$/, // a revoke holds for three hours
];

function onRedis(): OpenStore {
  let redis: Awaited<ReturnType<typeof startRedis>>;
  return {
    name: 'Redis',
    skip: requireService('redis', { control: true }),
    async open() {
      redis = await startRedis({ control: true });
      return redisDatabase(redis, 0);
    },
    async contents() {
      return foreignKeys(redis.port);
    },
    close: () => redis.stop(),
  };
}

async function foreignKeys(port: number): Promise<readonly string[]> {
  const keys = (await askRedis(port, 'KEYS', '*')).split('\r\n').filter((line) => !/^([*$]|$)/.test(line));
  return keys.filter((key) => !OWN_KEYS.some((own) => own.test(key))).sort();
}

function onRabbitmq(): OpenStore {
  let rabbitmq: Awaited<ReturnType<typeof startSeenRabbitmq>>;
  let redis: Awaited<ReturnType<typeof startRedis>>;
  return {
    name: 'RabbitMQ, results in Redis',
    skip: skipRabbitmq(),
    async open() {
      [rabbitmq, redis] = await Promise.all([startSeenRabbitmq(), startRedis({ control: true })]);
      return { broker: rabbitmq.url, results: redisDatabase(redis, 0) };
    },
    async contents() {
      const queues = [...(await rabbitmq.queues(rabbitmq.url))];
      const full = queues.filter(([, { ready, unacknowledged }]) => ready + unacknowledged > 0);
      return [...full.map(([name]) => name), ...(await foreignKeys(redis.port))];
    },
    async close() {
      await Promise.all([rabbitmq.stop(), redis.stop()]);
    },
  };
}

const onPostgres = () => onTables('PostgreSQL', ({ url }) => url);

const onKombu = () => onTables("kombu's tables in PostgreSQL", (server) => kombuSchema(server, 'lovage'));

function onTables(name: string, urlOf: (server: { readonly url: string }) => string): OpenStore {
  let postgres: Awaited<ReturnType<typeof startPostgres>>;
  return {
    name,
    skip: requireService('postgres', { control: true }),
    async open() {
      postgres = await startPostgres({ control: true });
      return urlOf(postgres);
    },
    async contents() {
      const client = new Client({ connectionString: postgres.url });
      await client.connect();
      try {
        const tables = await client.query(
          "select tablename as name from pg_tables where schemaname = 'lovage'",
        );
        const found: string[] = [];
        for (const { name } of tables.rows) {
          if (OWN_TABLES.has(name)) continue;
          const { rows } = await client.query(`select count(*)::int as rows from lovage.${name}`);
          if (rows[0].rows > 0) found.push(`${name}: ${rows[0].rows} rows`);
        }
        return found;
      } finally {
        await client.end();
      }
    },
    close: () => postgres.stop(),
  };
}

/** The same workflows each time, unless LOVAGE_CANVAS_SEED names a seed. */
export function canvasSeed(): number {
  return Number(process.env['LOVAGE_CANVAS_SEED'] ?? 20_261_121);
}

/** Others each time, unless it does. */
export function randomSeed(): number {
  return Number(process.env['LOVAGE_CANVAS_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
}
