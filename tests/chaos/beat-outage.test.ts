import { onRedis } from './beat-outage-stores.ts';

onRedis({ awayMs: 5000, missedAfterMs: 1500 });
