import { isPostgres, migrateDatabase } from '@lovage/kysely';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import { OUTBOX_MIGRATIONS, type OutboxTables } from './schema.ts';

/** The outbox's tables in somebody's database, and the time there. */
export class OutboxStore {
  readonly db: Kysely<OutboxTables>;
  readonly postgres: boolean;
  readonly #now: (() => number) | undefined;

  constructor(db: Kysely<OutboxTables>, now: (() => number) | undefined) {
    this.db = db;
    this.postgres = isPostgres(db as unknown as Kysely<never>);
    this.#now = now;
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

  async migrate(): Promise<void> {
    await migrateDatabase(this.db, { name: 'lovage_outbox', migrations: OUTBOX_MIGRATIONS });
  }
}
