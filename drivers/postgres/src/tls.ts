import { DriverError } from '@lovage/contracts';
import { nearest } from '@lovage/contracts/kit';

/** What `sslmode` may say, and what `pg` is told. Whatever is encrypted is verified, but for the one that says it is not. */
const MODES: Readonly<Record<string, string>> = {
  disable: 'disable',
  // They never fall back to a connection that anybody can read, and each verifies, host name and all: as in `pg` today.
  // Said as what they mean: `pg` warns of them, and a later one will take the word of whoever answers.
  prefer: 'verify-full',
  require: 'verify-full',
  'verify-ca': 'verify-full',
  'verify-full': 'verify-full',
  'no-verify': 'no-verify',
};

/**
 * The query as `pg` is to have it. With `uselibpqcompat=true` the modes mean what they mean in libpq, and stay as they are.
 *
 * @throws DriverError 'refused' for a mode that there is not
 */
export function settleTls(query: URLSearchParams): URLSearchParams {
  const mode = query.get('sslmode');
  if (mode === null) return query;
  const meant = Object.hasOwn(MODES, mode) ? MODES[mode] : undefined;
  if (meant === undefined) {
    const near = nearest(mode, Object.keys(MODES));
    throw new DriverError(
      'refused',
      `postgres: sslmode is ${mode}: it must be ${Object.keys(MODES).join(', ')}.${near ? ` Did you mean ${near}?` : ''}`,
    );
  }
  if (query.get('uselibpqcompat') === 'true') return query;
  const settled = new URLSearchParams(query);
  settled.set('sslmode', meant);
  return settled;
}

/** Encrypted, and nobody looks with whom: to be warned of. */
export function isUnverified(query: URLSearchParams): boolean {
  const mode = query.get('sslmode');
  if (mode === 'no-verify') return true;
  const libpq = query.get('uselibpqcompat') === 'true';
  return libpq && (mode === 'prefer' || (mode === 'require' && !query.has('sslrootcert')));
}
