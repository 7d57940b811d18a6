import { onPostgres, onRedis, onSqlite } from './beat-outage-stores.ts';

const MINUTE = { awayMs: 60_000, missedAfterMs: 15_000 };

onRedis(MINUTE);
onPostgres(MINUTE);
onSqlite(MINUTE);
