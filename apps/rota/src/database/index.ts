import { migrateDatabase, openDatabase } from '@lovage/kysely';
import type { Kysely } from 'kysely';
import { databaseUrl } from '../environment.ts';
import { MIGRATIONS } from './migrations.ts';
import type { RotaTables } from './schema.ts';

export type Database = Kysely<RotaTables>;

const opened = openDatabase<RotaTables>(databaseUrl());
let migrated: Promise<void> | undefined;

/** The database, its tables up to date: every process asks here, and the first one makes them. */
export async function database(): Promise<Database> {
  migrated ??= migrateDatabase(opened, { name: 'rota', migrations: MIGRATIONS }).catch((error: unknown) => {
    migrated = undefined;
    throw error;
  });
  await migrated;
  return opened;
}

/** For whoever migrates it themselves: the store of mails, which comes with migrations of its own. */
export const unmigrated: Database = opened;

export const closeDatabase = (): Promise<void> => opened.destroy();
