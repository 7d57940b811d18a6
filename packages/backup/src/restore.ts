import { kindOfFile } from './check.ts';
import { BackupFailed, told } from './errors.ts';
import type { PostgresPrograms } from './postgres/dump.ts';
import { restorePostgres } from './postgres/restore.ts';
import { restoreSqlite } from './sqlite/copy.ts';

export interface RestoreOptions extends PostgresPrograms {
  /** The backup's file. */
  readonly path: string;
  /** The database to put it into: of the kind that it was made of. */
  readonly url: string;
  /** Replace what is there. Without it a database that is not empty stays as it is, and the restore fails. */
  readonly overwrite?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Puts a backup into a database, all of it or nothing. @throws BackupFailed */
export async function restoreBackup({ path, url, overwrite = false, ...how }: RestoreOptions): Promise<void> {
  const kind = kindOfFile(path);
  const sqlite = url.startsWith('sqlite:');
  if (kind === 'json')
    throw new BackupFailed(
      `${path} is an export as JSON, which has no schema: read it with a program, or restore a dump or a copy`,
    );
  if (sqlite !== (kind === 'sqlite'))
    throw new BackupFailed(
      `${path} is ${kind === 'sqlite' ? 'a SQLite file' : 'a dump of PostgreSQL'}, and the database is not`,
    );
  try {
    if (kind === 'sqlite') await restoreSqlite(path, url, overwrite);
    else await restorePostgres({ path, url, overwrite, ...how });
  } catch (error) {
    how.signal?.throwIfAborted();
    throw new BackupFailed(`${path} was not restored: ${told(error)}`, { cause: error });
  }
}
