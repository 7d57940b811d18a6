import { requireService } from '../../tools/services.ts';
import { onPostgres, onRedis, onSqlite, SHORT } from './rolling-stores.ts';

onSqlite(SHORT);
onRedis(SHORT, requireService('redis'));
onPostgres(SHORT, requireService('postgres', { control: true }));
