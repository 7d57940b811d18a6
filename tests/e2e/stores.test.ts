import { describe } from 'node:test';
import { onEach } from './every-store.ts';
import { scenarios } from './scenarios.ts';

// They wait more than they work.
describe('scenarios', { concurrency: 3 }, () => {
  onEach(scenarios, 'memory', 'sqlite', 'redis', 'redisAndSqlite', 'postgres', 'rabbitmq', 'kombu');
});
