import { after, describe } from 'node:test';
import { redisDatabase, requireService, startRedis } from '../../tools/services.ts';
import { children } from './prefork-scenarios.ts';
import { workers } from './prefork-workers.ts';

const skip = requireService('redis', { control: true });
const redis = skip ? undefined : await startRedis({ control: true });
after(() => redis?.stop());
let databases = 0;

/** A fresh database of the private server: it has 16. */
const nextDatabase = () => redisDatabase(redis!, databases++ % 16);

describe('prefork over Redis', { skip }, () => {
  children(nextDatabase);
  workers(nextDatabase);
});
