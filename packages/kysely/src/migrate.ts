import type { Kysely } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';

export interface MigrateOptions {
  /** Whose they are, such as `rota` or `lovage_mail`: each has a table of its own that says how far it is. */
  readonly name: string;
  /** By name; they run in the order of their names, each once. */
  readonly migrations: Readonly<Record<string, Migration>>;
}

/**
 * Brings the tables of one owner up to date: all missing migrations in one transaction, or none. Any number of processes may ask at
 * once. Rejects with the error of the migration that failed, its name before it.
 */
export async function migrateDatabase<Schema>(
  db: Kysely<Schema>,
  { name, migrations }: MigrateOptions,
): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => ({ ...migrations }) },
    migrationTableName: `${name}_migrations`,
    migrationLockTableName: `${name}_migrations_lock`,
  });
  const { error, results } = await migrator.migrateToLatest();
  if (error === undefined) return;
  const failed = results?.find(({ status }) => status === 'Error');
  const told = error instanceof Error ? error.message : String(error);
  throw new Error(
    `${name}: ${failed ? `migration ${failed.migrationName} failed` : 'cannot migrate'}: ${told}`,
    {
      cause: error,
    },
  );
}
