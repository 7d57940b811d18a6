import { onPostgres, SHORTER } from './nothing-lost-stores.ts';

onPostgres(SHORTER);
