import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import {
  kombuSchema,
  postgresSchema,
  redisDatabase,
  requireService,
  startPostgres,
  startRedis,
} from '../../tools/services.ts';
import { openRabbitmq, skipRabbitmq } from './rabbitmq.ts';
import { scenarios } from './scenarios.ts';

scenarios({
  name: 'memory',
  async open() {
    const url = `memory://e2e-${crypto.randomUUID()}`;
    return { broker: url, results: url, close: async () => {} };
  },
});

scenarios({
  name: 'one SQLite file',
  async open() {
    const folder = await mkdtemp(join(tmpdir(), 'lovage-e2e-'));
    const url = `sqlite:///${join(folder, 'tasks.db')}`;
    return { broker: url, results: url, close: () => rm(folder, { recursive: true }) };
  },
});

const skip = requireService('redis');
const redis = skip ? undefined : await startRedis();
after(() => redis?.stop());
let databases = 0;

/** A fresh database of the private server: it has 16. */
function nextDatabase(): string {
  databases += 1;
  return redisDatabase(redis!, databases % 16);
}

scenarios({
  name: 'Redis, one database',
  skip,
  async open() {
    const url = nextDatabase();
    return { broker: url, results: url, close: async () => {} };
  },
});

scenarios({
  name: 'Redis for messages, SQLite for results',
  skip,
  async open() {
    const folder = await mkdtemp(join(tmpdir(), 'lovage-e2e-'));
    const broker = nextDatabase();
    return {
      broker,
      results: `sqlite:///${join(folder, 'results.db')}`,
      close: () => rm(folder, { recursive: true }),
    };
  },
});

const skipPostgres = requireService('postgres');
const postgres = skipPostgres ? undefined : await startPostgres();
after(() => postgres?.stop());
let schemas = 0;

scenarios({
  name: 'PostgreSQL',
  skip: skipPostgres,
  async open() {
    schemas += 1;
    const url = postgresSchema(postgres!, `e2e_${process.pid}_${schemas}`);
    return { broker: url, results: url, close: async () => {} };
  },
});

scenarios({ name: 'RabbitMQ, results in Redis', skip: skipRabbitmq(), open: openRabbitmq });

scenarios({
  name: "kombu's tables in PostgreSQL",
  skip: skipPostgres,
  async open() {
    schemas += 1;
    const url = kombuSchema(postgres!, `e2e_${process.pid}_${schemas}`);
    return { broker: url, results: url, close: async () => {} };
  },
});
