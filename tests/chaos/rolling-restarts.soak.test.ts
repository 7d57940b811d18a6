import { requireService } from '../../tools/services.ts';
import { onKombu, onPostgres, onRabbitmq, onRedis, onSqlite } from './rolling-stores.ts';

const LONG = { restarts: 20, tasksPerSecond: 200, longestMs: 5000, graceS: 2, allowedMs: 0 };

onSqlite(LONG);
onRedis(LONG, requireService('redis'));
onRabbitmq(LONG);
onPostgres(LONG, requireService('postgres', { control: true }));
onKombu(LONG, requireService('postgres', { control: true }));
