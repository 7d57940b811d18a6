import { BackupFailed } from '../errors.ts';

/** How PostgreSQL's programs are told where to go: nothing secret among the arguments, which anybody on the machine can read. */
export interface Connection {
  /** For `--dbname`. */
  readonly url: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Known to the `pg` of Node and not to libpq. */
const OURS = ['uselibpqcompat', 'schema'];

/** @throws BackupFailed for what is no URL of PostgreSQL; the URL is not shown */
export function connectionOf(given: string): Connection {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (!url || !/^postgres(ql)?:$/.test(url.protocol))
    throw new BackupFailed(
      'the URL of the database is none of PostgreSQL: write postgresql://user:password@host:5432/name',
    );
  const password = url.searchParams.get('password') ?? decoded(url.password);
  url.password = '';
  url.searchParams.delete('password');
  if (url.searchParams.has('sslpassword'))
    throw new BackupFailed(
      'sslpassword cannot be given to pg_dump without showing it: use a key without one',
    );
  for (const name of OURS) url.searchParams.delete(name);
  // `pg` knows one more mode, whose meaning libpq calls `require`.
  if (url.searchParams.get('sslmode') === 'no-verify') url.searchParams.set('sslmode', 'require');
  return { url: url.href, env: password === '' ? {} : { PGPASSWORD: password } };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new BackupFailed(
      'the password in the URL of the database has a % that begins no escape: write %25 for a percent sign',
    );
  }
}
