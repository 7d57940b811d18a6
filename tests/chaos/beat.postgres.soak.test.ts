import { minutes, onPostgres } from './beat-stores.ts';

onPostgres(minutes(Number(process.env['LOVAGE_BEAT_MINUTES'] ?? 10)));
