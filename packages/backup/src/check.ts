import { basename } from 'node:path';
import { BackupFailed } from './errors.ts';
import { type BackupKind, readName } from './file.ts';
import { checkJson } from './json/check.ts';
import { checkDump, type PostgresPrograms } from './postgres/dump.ts';
import { checkSqlite } from './sqlite/copy.ts';

export interface CheckOptions extends PostgresPrograms {
  readonly signal?: AbortSignal | undefined;
}

/** Reads all of a backup, as a restore would. @throws BackupFailed where it is no good */
export async function checkBackup(
  { path }: { readonly path: string },
  options: CheckOptions = {},
): Promise<void> {
  try {
    switch (kindOfFile(path)) {
      case 'pg_dump':
        return await checkDump(path, options);
      case 'sqlite':
        return await checkSqlite(path);
      case 'json':
        return await checkJson(path);
    }
  } catch (error) {
    if (error instanceof BackupFailed) throw error;
    options.signal?.throwIfAborted();
    throw new BackupFailed(`${path} is no good: ${(error as Error).message}`, { cause: error });
  }
}

/** @throws BackupFailed for a file whose name does not tell */
export function kindOfFile(path: string): BackupKind {
  const read = readName(basename(path));
  if (!read)
    throw new BackupFailed(
      `${path} is no backup of ours: their names are like rota-20261121T030000000Z.dump`,
    );
  return read.kind;
}
