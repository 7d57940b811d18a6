import type { Backup } from './file.ts';
import { dumpPostgres, type PostgresPrograms } from './postgres/dump.ts';
import { copySqlite } from './sqlite/copy.ts';
import type { Target } from './write.ts';

export interface CreateOptions extends Target, PostgresPrograms {
  /** Of the database: `postgresql://…` or `sqlite:///…`. */
  readonly url: string;
  readonly signal?: AbortSignal | undefined;
}

/** A checked backup of a database, by what its URL says that it is. @throws BackupFailed */
export function createBackup(options: CreateOptions): Promise<Backup> {
  return options.url.startsWith('sqlite:') ? copySqlite(options) : dumpPostgres(options);
}
