import { migrateDatabase, openDatabase } from '@lovage/kysely';
import type { Kysely } from 'kysely';
import { DATABASE_URL } from '../environment.ts';
import { MIGRATIONS } from './migrations.ts';
import type { ClinicTables } from './schema.ts';

/** The clinic's database. Nothing is touched before the first query; ask `database` for it, which brings its tables up to date. */
export const connection: Kysely<ClinicTables> = openDatabase<ClinicTables>(DATABASE_URL);

let migrated: Promise<void> | undefined;

/** The clinic's database with its tables as they are to be. A migration that failed is tried again with the next call. */
export async function database(): Promise<Kysely<ClinicTables>> {
  migrated ??= migrateDatabase(connection, { name: 'clinic', migrations: MIGRATIONS }).catch(
    (error: unknown) => {
      migrated = undefined;
      throw error;
    },
  );
  await migrated;
  return connection;
}

/** ISO 8601, which sorts as it counts. */
export const now = (): string => new Date().toISOString();
