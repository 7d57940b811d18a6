/*
 * What another package needs that keeps a SQLite file of its own (@lovage/kysely).
 * Not for users: it may change with any version.
 */
export { pathFromUrl } from './location.ts';
export { type Connection, loadSqlite } from './node-sqlite.ts';
