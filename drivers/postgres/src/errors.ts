import { DriverError, type DriverErrorCode } from '@lovage/contracts';

/**
 * What PostgreSQL's error classes and codes mean to a caller; the longest that fits decides
 * (https://www.postgresql.org/docs/current/errcodes-appendix.html).
 */
const BY_SQLSTATE: Readonly<Record<string, readonly [DriverErrorCode, string]>> = {
  '08': ['unavailable', 'the connection failed'],
  '08P01': ['refused', 'it speaks another protocol, or a pooler refuses'],
  '22': ['refused', 'it cannot store such a value'],
  '25006': ['unavailable', 'it takes no writes: it is a standby, or was made read-only'],
  '28': ['refused', 'check user, password and sslmode in the URL, and pg_hba.conf'],
  '3D000': ['refused', 'the database does not exist: create it, or name another in the URL'],
  '40': ['unavailable', 'the transaction was rolled back for another'],
  '42501': [
    'refused',
    'this user lacks a right: grant it, or run `lovage migrate-db` as the owner of the tables',
  ],
  '42P01': ['refused', 'a table of ours is missing: restart, so that it is made, or restore it'],
  '3F000': ['refused', 'our schema is missing: restart, so that it is made, or restore it'],
  '53': ['unavailable', 'it lacks resources'],
  '53100': ['unavailable', 'its disk is full: free some space'],
  '53300': ['unavailable', 'it has no connection left: raise max_connections, or lower pool_size'],
  '54': ['refused', 'it is larger than a row may be'],
  '55P03': ['unavailable', 'a row or table is locked'],
  '57': ['unavailable', 'it was interrupted'],
  '57014': ['unavailable', 'it took too long'],
  '58': ['unavailable', 'reading or writing its files failed'],
  XX001: ['corrupt', 'a table is damaged: restore it from a backup'],
  XX002: ['corrupt', 'an index is damaged: REINDEX it'],
  XX: ['unavailable', 'it failed within'],
};
/** Anything else that it says is about the statement: to try again will not help. */
const ABOUT_THE_STATEMENT = ['refused', 'it refuses the statement'] as const;

/** Node's codes of a certificate or handshake that will not get better by itself. */
const TLS = /^(ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_)/;
/** What is to be done, by the code that begins like this. */
const TLS_ADVICE: Readonly<Record<string, string>> = {
  ERR_TLS_CERT_ALTNAME_INVALID:
    "the server's certificate is for another host: connect by a name that it holds, or have one made for this one",
  CERT_HAS_EXPIRED: "the server's certificate has expired: renew it",
  CERT_NOT_YET_VALID: "the server's certificate is not valid yet: set the clocks",
  DEPTH_ZERO_SELF_SIGNED_CERT:
    "nobody known here has signed the server's certificate: name its file in sslrootcert",
  SELF_SIGNED_CERT_IN_CHAIN: "its CA is not known here: name the CA's file in sslrootcert",
  UNABLE_TO_: "its CA is not known here: name the CA's file in sslrootcert",
};
const NO_TLS = /does not support SSL/i;
const NO_TLS_ADVICE = 'it has ssl = off: switch it on there, or say sslmode=disable in the URL';
/** What `pg` says itself, without a code. */
const REFUSED_BY_PG = /SASL|password must be a string|SSL negotiation/i;

/** What the client of PostgreSQL threw, as a DriverError that says what to do. */
export function explain(error: unknown, label: string): DriverError {
  if (error instanceof DriverError) return error;
  const told = messageOf(error);
  const state = sqlState(error);
  if (state !== undefined) {
    const [code, advice] = BY_SQLSTATE[state] ?? BY_SQLSTATE[state.slice(0, 2)] ?? ABOUT_THE_STATEMENT;
    return new DriverError(code, `${label}: ${told} (${advice})`, { cause: error });
  }
  const system = systemCode(error) ?? '';
  if (NO_TLS.test(told))
    return new DriverError('refused', `${label}: ${told} (${NO_TLS_ADVICE})`, { cause: error });
  const code = TLS.test(system) || REFUSED_BY_PG.test(told) ? 'refused' : 'unavailable';
  const advice = Object.entries(TLS_ADVICE).find(([begin]) => system.startsWith(begin))?.[1];
  return new DriverError(code, `${label}: ${told}${advice ? ` (${advice})` : ''}`, { cause: error });
}

/** The same call may succeed at once: it was the one that gave way to another. */
export function gaveWay(error: unknown): boolean {
  const state = sqlState(error);
  return state === '40P01' || state === '40001';
}

/** May the connection be used again, or did it end, or its state become unknown? */
export function leavesConnectionWhole(error: unknown): boolean {
  const state = sqlState(error);
  return state !== undefined && !/^(08|57P|25006|XX)/.test(state);
}

/** Five characters that PostgreSQL sent; undefined for what failed on the way. */
export function sqlState(error: unknown): string | undefined {
  const { code, severity } = (error ?? {}) as { readonly code?: unknown; readonly severity?: unknown };
  return typeof code === 'string' && typeof severity === 'string' && code.length === 5 ? code : undefined;
}

function systemCode(error: unknown): string | undefined {
  const code = (error as { readonly code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** Node puts the tries of several addresses into one error without a message of its own. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join(', ');
  return error instanceof Error ? error.message : String(error);
}
