import { isPostgres, migrateDatabase } from '@lovage/kysely';
import { type Kysely, type RawBuilder, SqliteAdapter, sql } from 'kysely';
import { OUTBOX_MIGRATIONS, type OutboxTables } from './schema.ts';

/** The outbox's tables in somebody's database, and the time there. */
export class OutboxStore {
  readonly db: Kysely<OutboxTables>;
  readonly postgres: boolean;
  readonly #now: (() => number) | undefined;

  /** @throws TypeError for a database of another kind */
  constructor(db: Kysely<OutboxTables>, now: (() => number) | undefined) {
    // The application's plugins may rename columns, and ours are read by their names.
    this.db = db.withoutPlugins();
    this.postgres = isPostgres(db as unknown as Kysely<never>);
    this.#now = now;
    if (!this.postgres && !(db.getExecutor().adapter instanceof SqliteAdapter))
      throw new TypeError('an outbox is kept in SQLite or PostgreSQL, and this database is neither');
  }

  /**
   * Epoch ms, as an expression. Of the database where many machines share one, so that their clocks need not agree on how long a
   * lease lasts; a file has one machine.
   */
  now(): RawBuilder<number> {
    if (!this.postgres) return sql<number>`${(this.#now ?? Date.now)()}`;
    if (this.#now) return sql<number>`${this.#now()}::bigint`;
    return sql<number>`(extract(epoch from statement_timestamp()) * 1000)::bigint`;
  }

  /** A number for a statement that others run: some of their libraries give PostgreSQL texts alone, or what it takes for an int4. */
  given(value: number): RawBuilder<number> {
    return this.postgres ? sql<number>`cast(${String(value)} as bigint)` : sql<number>`${value}`;
  }

  async migrate(): Promise<void> {
    await migrateDatabase(this.db, { name: 'lovage_outbox', migrations: OUTBOX_MIGRATIONS });
  }
}
