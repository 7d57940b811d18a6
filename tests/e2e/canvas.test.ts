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
import { canvasScenarios } from './canvas-scenarios.ts';
import { openRabbitmq, skipRabbitmq } from './rabbitmq.ts';

canvasScenarios({
  name: 'memory',
  async open() {
    const url = `memory://canvas-${crypto.randomUUID()}`;
    return { broker: url, results: url, close: async () => {} };
  },
});

canvasScenarios({
  name: 'one SQLite file',
  async open() {
    const folder = await mkdtemp(join(tmpdir(), 'lovage-canvas-'));
    const url = `sqlite:///${join(folder, 'tasks.db')}`;
    return { broker: url, results: url, close: () => rm(folder, { recursive: true }) };
  },
});

const skip = requireService('redis');
const redis = skip ? undefined : await startRedis();
after(() => redis?.stop());

canvasScenarios({
  name: 'Redis',
  skip,
  open: async () => ({
    broker: redisDatabase(redis!, 0),
    results: redisDatabase(redis!, 1),
    close: async () => {},
  }),
});

const skipPostgres = requireService('postgres');
const postgres = skipPostgres ? undefined : await startPostgres();
after(() => postgres?.stop());

canvasScenarios({
  name: 'PostgreSQL',
  skip: skipPostgres,
  async open() {
    const url = postgresSchema(postgres!, `canvas_${process.pid}`);
    return { broker: url, results: url, close: async () => {} };
  },
});

canvasScenarios({ name: 'RabbitMQ, results in Redis', skip: skipRabbitmq(), open: openRabbitmq });

canvasScenarios({
  name: "kombu's tables in PostgreSQL",
  skip: skipPostgres,
  async open() {
    const url = kombuSchema(postgres!, `canvas_kombu_${process.pid}`);
    return { broker: url, results: url, close: async () => {} };
  },
});
