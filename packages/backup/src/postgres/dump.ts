import { BackupFailed } from '../errors.ts';
import type { Backup } from '../file.ts';
import { type Target, writeBackup } from '../write.ts';
import { connectionOf } from './connection.ts';
import { run } from './run.ts';

/** Where PostgreSQL's programs are, by their names on the PATH or by path. They must be no older than the server. */
export interface PostgresPrograms {
  /** Default `pg_dump`. */
  readonly pgDump?: string;
  /** Default `pg_restore`. */
  readonly pgRestore?: string;
}

export interface DumpOptions extends Target, PostgresPrograms {
  /** `postgresql://user:password@host/name`. */
  readonly url: string;
  readonly signal?: AbortSignal | undefined;
}

/** A backup of a PostgreSQL database by pg_dump, in its custom format. @throws BackupFailed */
export async function dumpPostgres({
  url,
  signal,
  pgDump = 'pg_dump',
  ...rest
}: DumpOptions): Promise<Backup> {
  const { url: dbname, env } = connectionOf(url);
  return writeBackup(
    rest,
    'pg_dump',
    (path) =>
      run(pgDump, ['--format=custom', '--no-password', `--file=${path}`, `--dbname=${dbname}`], {
        env,
        signal,
      }),
    (path) => checkDump(path, { ...rest, signal }),
  );
}

/**
 * Reads a dump as a restore would: its list of contents, then all of its data, so that one that was cut off is found.
 * @throws BackupFailed where pg_restore cannot
 */
export async function checkDump(
  path: string,
  { pgRestore = 'pg_restore', signal }: PostgresPrograms & { readonly signal?: AbortSignal | undefined } = {},
): Promise<void> {
  let listed = '';
  await run(pgRestore, ['--list', path], {
    env: {},
    signal,
    onOutput: (text) => {
      // The head says how many entries there are.
      if (listed.length < 4_000) listed += text;
    },
  });
  if (!/^;\s+TOC Entries: \d+/m.test(listed))
    throw new BackupFailed(`${pgRestore} lists no contents of ${path}`);
  await run(pgRestore, ['--file=/dev/null', path], { env: {}, signal });
}
