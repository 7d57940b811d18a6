import { describe } from 'node:test';
import { children } from './prefork-scenarios.ts';
import { workers } from './prefork-workers.ts';

describe('prefork over SQLite', () => {
  children(() => undefined);
  workers(() => undefined);
});
