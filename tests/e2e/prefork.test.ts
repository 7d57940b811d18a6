import { describe } from 'node:test';
import { pool } from './prefork-pool.ts';
import { children } from './prefork-scenarios.ts';
import { workers } from './prefork-workers.ts';

describe('prefork over SQLite', () => {
  pool();
  children(() => undefined);
  workers(() => undefined);
});
