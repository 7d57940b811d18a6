import { onPostgres, SHORT } from './nothing-lost-stores.ts';

onPostgres(SHORT);
