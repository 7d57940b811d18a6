import { type Kysely, sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { isPostgres } from './dialect-of.ts';

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
  const migrationTableName = `${name}_migrations`;
  const schema = isPostgres(db) ? await schemaOf(db, migrationTableName) : undefined;
  const migrator = new Migrator({
    db,
    // Unsaid, Kysely takes tables of these names for its own in whatever schema they are.
    ...(schema === undefined ? {} : { migrationTableSchema: schema }),
    provider: { getMigrations: async () => ({ ...migrations }) },
    migrationTableName,
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

/**
 * Where they are on the search path, else where new tables go. Not simply the latter: that changes when somebody makes the schema
 * `$user` of the usual path, as Lovage's own store does for a user named lovage. Rejects where the path names no schema that is there.
 */
async function schemaOf<Schema>(db: Kysely<Schema>, table: string): Promise<string> {
  const { rows } = await sql<{ schema: string | null }>`
    select coalesce(
      (select nspname from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.oid = to_regclass(quote_ident(${table}::text))),
      current_schema()
    ) as schema`.execute(db);
  const schema = rows[0]?.schema;
  if (schema) return schema;
  throw new Error('the search path of this database names no schema that exists: create one, or name one');
}
