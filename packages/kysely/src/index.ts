/** An application's own database through Kysely: one SQLite file by node:sqlite, or PostgreSQL, by its URL. */
export { isPostgres } from './dialect-of.ts';
export { type MigrateOptions, migrateDatabase } from './migrate.ts';
export { NodeSqliteDialect } from './node-sqlite-dialect.ts';
export { type OpenOptions, openDatabase } from './open.ts';
