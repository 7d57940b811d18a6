import { connectionOf } from './connection.ts';
import type { PostgresPrograms } from './dump.ts';
import { run } from './run.ts';

export interface RestorePostgres extends PostgresPrograms {
  readonly path: string;
  readonly url: string;
  /** Drop what the dump brings before it is made anew. Without it, what is there already fails the whole restore. */
  readonly overwrite?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Puts a dump into a database, all of it or nothing. @throws BackupFailed */
export async function restorePostgres({
  path,
  url,
  overwrite,
  signal,
  pgRestore = 'pg_restore',
}: RestorePostgres): Promise<void> {
  const { url: dbname, env } = connectionOf(url);
  const anew = overwrite ? ['--clean', '--if-exists'] : [];
  const args = [
    '--no-password',
    '--no-owner',
    '--single-transaction',
    '--exit-on-error',
    ...anew,
    `--dbname=${dbname}`,
    path,
  ];
  await run(pgRestore, args, { env, signal });
}
