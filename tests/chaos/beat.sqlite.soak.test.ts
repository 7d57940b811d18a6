import { minutes, onSqlite } from './beat-stores.ts';

onSqlite(minutes(Number(process.env['LOVAGE_BEAT_MINUTES'] ?? 10)));
