import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { redisDatabase, requireService, startRedis } from '../../tools/services.ts';
import { errbackScenarios } from './errback-scenarios.ts';
import { openRabbitmq, skipRabbitmq } from './rabbitmq.ts';

errbackScenarios({
  name: 'memory',
  async open() {
    const url = `memory://errbacks-${crypto.randomUUID()}`;
    return { broker: url, results: url, close: async () => {} };
  },
});

errbackScenarios({
  name: 'one SQLite file',
  async open() {
    const folder = await mkdtemp(join(tmpdir(), 'lovage-errbacks-'));
    const url = `sqlite:///${join(folder, 'tasks.db')}`;
    return { broker: url, results: url, close: () => rm(folder, { recursive: true }) };
  },
});

const skip = requireService('redis');
const redis = skip ? undefined : await startRedis();
after(() => redis?.stop());

let databases = 0;
errbackScenarios({
  name: 'Redis',
  skip,
  async open() {
    const first = databases;
    databases += 2;
    return {
      broker: redisDatabase(redis!, first),
      results: redisDatabase(redis!, first + 1),
      close: async () => {},
    };
  },
});

errbackScenarios({ name: 'RabbitMQ, results in Redis', skip: skipRabbitmq(), open: openRabbitmq });
