import { minutes, onRedis } from './beat-stores.ts';

onRedis(minutes(Number(process.env['LOVAGE_BEAT_MINUTES'] ?? 10)));
