import { readFileSync } from 'node:fs';
import { choice, refused } from './take.ts';

/** How a TLS connection is made; in the terms of node:tls. */
export interface Tls {
  readonly rejectUnauthorized: boolean;
  /** Skips the comparison of the certificate's names with the host's. */
  readonly checkServerIdentity?: () => undefined;
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

/** Celery's names, in a URL's query or among the transport options; those of Redis mean the same here. */
export const TLS_OPTIONS = [
  'ssl_cert_reqs',
  'ssl_ca_certs',
  'ssl_certfile',
  'ssl_keyfile',
  'ssl_check_hostname',
] as const;

export const isTlsOption = (name: string): boolean => (TLS_OPTIONS as readonly string[]).includes(name);

const CERT_REQS = ['required', 'CERT_REQUIRED', 'none', 'CERT_NONE'] as const;

/**
 * The server's certificate is verified unless `ssl_cert_reqs=none` says not to, which is warned of each time.
 * @throws DriverError 'refused'
 */
export function readTls(options: Readonly<Record<string, unknown>>, warn: (message: string) => void): Tls {
  const {
    ssl_cert_reqs: reqs = 'required',
    ssl_check_hostname: check = true,
    ssl_ca_certs: ca,
    ssl_certfile: cert,
    ssl_keyfile: key,
  } = options;
  const verify = choice(reqs, 'ssl_cert_reqs', CERT_REQS).toLowerCase().endsWith('required');
  if (!verify)
    warn('ssl_cert_reqs=none: whoever answers is trusted; the certificate of the server is not verified');
  const checked = check === true || check === 'true' || check === 'True';
  return {
    rejectUnauthorized: verify,
    ...(checked && verify ? {} : { checkServerIdentity: () => undefined }),
    ...read('ca', ca, 'ssl_ca_certs'),
    ...read('cert', cert, 'ssl_certfile'),
    ...read('key', key, 'ssl_keyfile'),
  };
}

function read(part: 'ca' | 'cert' | 'key', path: unknown, option: string): Partial<Tls> {
  if (path === undefined || path === null) return {};
  if (typeof path !== 'string') throw refused(`${option} must be the path of a PEM file`);
  try {
    return { [part]: readFileSync(path) };
  } catch (error) {
    throw refused(`${option}: cannot read ${path} (${(error as NodeJS.ErrnoException).code})`);
  }
}
