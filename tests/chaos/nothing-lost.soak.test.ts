import { onKombu, onPostgres, onRabbitmq, onRedis, onSqlite } from './nothing-lost-stores.ts';

const LONG = { tasks: 10_000, kills: 20 };

onSqlite(LONG);
onRedis(LONG);
onPostgres(LONG);
onRabbitmq(LONG);
onKombu(LONG);
