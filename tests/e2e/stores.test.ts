import { onEach } from './every-store.ts';
import { scenarios } from './scenarios.ts';

onEach(scenarios, 'memory', 'sqlite', 'redis', 'redisAndSqlite', 'postgres', 'rabbitmq', 'kombu');
