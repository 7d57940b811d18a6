import { describe } from 'node:test';
import { children } from './prefork-scenarios.ts';
import { workers } from './prefork-workers.ts';
import { openRabbitmq, skipRabbitmq } from './rabbitmq.ts';

describe('prefork over RabbitMQ, results in Redis', { skip: skipRabbitmq() }, () => {
  children(openRabbitmq);
  // RabbitMQ does not say why a message came back for the first time.
  workers(openRabbitmq, { uncounted: 1 });
});
