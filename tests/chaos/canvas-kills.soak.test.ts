import { onKombu, onPostgres, onPythonTables, onRabbitmq, onRedis, onSqlite } from './canvas-kill-stores.ts';

const LONG = { workflows: 300, kills: 100, killingMs: 600_000 };
const TIMEOUT_MS = 900_000;

for (const pool of ['prefork', 'async'] as const) {
  onSqlite(pool, LONG, TIMEOUT_MS);
  onRedis(pool, LONG, TIMEOUT_MS);
  onPostgres(pool, LONG, TIMEOUT_MS);
  onKombu(pool, LONG, TIMEOUT_MS);
  onRabbitmq(pool, LONG, TIMEOUT_MS);
  onPythonTables('django-db+postgresql', pool, LONG, TIMEOUT_MS);
  onPythonTables('db+postgresql', pool, LONG, TIMEOUT_MS);
}
