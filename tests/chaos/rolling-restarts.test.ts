import { requireService } from '../../tools/services.ts';
import { MACHINE_MS } from '../machine.ts';
import { onPostgres, onRabbitmq, onRedis, onSqlite } from './rolling-stores.ts';

/** The long run is in rolling-restarts.soak.test.ts. */
const SHORT = { restarts: 4, tasksPerSecond: 100, longestMs: 2000, graceS: 0.7, allowedMs: MACHINE_MS };

onSqlite(SHORT);
onRedis(SHORT, requireService('redis'));
onRabbitmq(SHORT);
onPostgres(SHORT, requireService('postgres', { control: true }));
