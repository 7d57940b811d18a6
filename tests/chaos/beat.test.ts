import { onSqlite, SHORT } from './beat-stores.ts';

onSqlite(SHORT);
