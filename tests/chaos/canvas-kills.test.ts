import { onPostgres, onRedis, onSqlite } from './canvas-kill-stores.ts';

/** The long run is in canvas-kills.soak.test.ts. */
const SHORT = { workflows: 10, kills: 6, killingMs: 7000 };
const TIMEOUT_MS = 140_000;

onSqlite('prefork', SHORT, TIMEOUT_MS);
onRedis('async', SHORT, TIMEOUT_MS);
onPostgres('async', SHORT, TIMEOUT_MS);
