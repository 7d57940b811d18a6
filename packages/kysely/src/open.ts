import { pathFromUrl } from '@lovage/sqlite/kit';
import { Kysely, PostgresDialect } from 'kysely';
import { NodeSqliteDialect } from './node-sqlite-dialect.ts';
import { postgresPool } from './postgres-pool.ts';

export interface OpenOptions {
  /** How many connections to PostgreSQL at most, default 5: a worker's children each have as many. SQLite has one. */
  readonly maxConnections?: number;
}

/**
 * Opens the database of a URL: `sqlite:///relative.db`, `sqlite:////absolute.db` or `postgresql://user@host/name`.
 * Nothing is touched before the first query. What both dialects keep is text, whole numbers and bytes; a `bigint` of PostgreSQL,
 * and so every count, is read as a number, as SQLite gives it. End it with `destroy()`.
 *
 * @throws Error for a URL of another kind, or one that names no file
 */
export function openDatabase<Schema>(url: string, options: OpenOptions = {}): Kysely<Schema> {
  const scheme = /^([a-z+]+):/i.exec(url)?.[1]?.toLowerCase();
  switch (scheme) {
    case 'sqlite':
      return new Kysely<Schema>({ dialect: new NodeSqliteDialect(pathFromUrl(url)) });
    case 'postgres':
    case 'postgresql':
      return new Kysely<Schema>({
        dialect: new PostgresDialect({ pool: async () => postgresPool(url, options.maxConnections ?? 5) }),
      });
    default:
      // Not the URL itself: it may hold a password.
      throw new Error(
        `a database's URL begins with sqlite: or postgresql:, and this one ${scheme ? `with ${scheme}:` : 'has no scheme'}`,
      );
  }
}
