import { onRedis, SHORT } from './nothing-lost-stores.ts';

onRedis(SHORT);
