/** The scenarios with results in tables of Python, and messages on Redis. */
import { after } from 'node:test';
import { redisDatabase, requireService, startPostgres, startRedis } from '../../tools/services.ts';
import { PYTHON_TABLES, pythonTables } from '../python-tables.ts';
import { canvasScenarios } from './canvas-scenarios.ts';
import { errbackScenarios } from './errback-scenarios.ts';
import { scenarios } from './scenarios.ts';

const skip = requireService('redis') || requireService('postgres') || requireService('django');
const redis = skip ? undefined : await startRedis();
const postgres = skip ? undefined : await startPostgres();
after(() => redis?.stop());
after(() => postgres?.stop());
let databases = 0;

for (const scheme of PYTHON_TABLES) {
  const tables = skip ? '' : await pythonTables(postgres!, scheme);
  const open = async () => {
    databases += 1;
    return { broker: redisDatabase(redis!, databases % 16), results: tables, close: async () => {} };
  };
  const childless = scheme === 'db+postgresql' && "Celery's table has no column for the children of a task";
  for (const examine of [scenarios, canvasScenarios, errbackScenarios]) {
    examine({ name: scheme, skip, childless, open });
  }
}
