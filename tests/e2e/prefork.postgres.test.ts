import { after, describe } from 'node:test';
import { postgresSchema, requireService, startPostgres } from '../../tools/services.ts';
import { children } from './prefork-scenarios.ts';
import { workers } from './prefork-workers.ts';

const skip = requireService('postgres');
const postgres = skip ? undefined : await startPostgres();
after(() => postgres?.stop());
let schemas = 0;

const nextSchema = () => postgresSchema(postgres!, `prefork_${process.pid}_${schemas++}`);

describe('prefork over PostgreSQL', { skip }, () => {
  children(nextSchema);
  workers(nextSchema);
});
