import { type Kysely, PostgresAdapter } from 'kysely';

/** Whether a database, or a transaction of one, is PostgreSQL's: it can skip locked rows, and SQLite cannot. */
export function isPostgres<Schema>(db: Kysely<Schema>): boolean {
  return db.getExecutor().adapter instanceof PostgresAdapter;
}
