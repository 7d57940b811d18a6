import { onSqlite, SHORT } from './nothing-lost-stores.ts';

onSqlite(SHORT);
