import { readFileSync } from 'node:fs';
import { refused } from './refuse.ts';
import { choice } from './take.ts';

/** How a TLS connection is made; in the terms of node:tls. */
export interface Tls {
  readonly rejectUnauthorized: boolean;
  /** Skips the comparison of the certificate's names with the host's. */
  readonly checkServerIdentity?: () => undefined;
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

/** redis-py's names, in a URL's query or among the transport options. */
export const TLS_OPTIONS = [
  'ssl_cert_reqs',
  'ssl_ca_certs',
  'ssl_certfile',
  'ssl_keyfile',
  'ssl_check_hostname',
] as const;

type TlsOption = (typeof TLS_OPTIONS)[number];

const CERT_REQS = ['required', 'CERT_REQUIRED', 'none', 'CERT_NONE'] as const;

/**
 * The server's certificate is verified unless `ssl_cert_reqs=none` says not to, which is warned of each time.
 * @throws DriverError 'refused'
 */
export function readTls(
  options: Readonly<Partial<Record<TlsOption, unknown>>>,
  warn: (message: string) => void,
): Tls {
  const { ssl_cert_reqs: reqs = 'required', ssl_check_hostname: check = true } = options;
  if (reqs === 'optional' || reqs === 'CERT_OPTIONAL') {
    throw refused("ssl_cert_reqs 'optional' has no meaning for a client: take 'required' or 'none'");
  }
  const verify = choice(reqs, 'ssl_cert_reqs', CERT_REQS).toLowerCase().endsWith('required');
  if (!verify)
    warn('ssl_cert_reqs=none: whoever answers is trusted; the certificate of the server is not verified');
  const checked = check === true || check === 'true' || check === 'True';
  return {
    rejectUnauthorized: verify,
    ...(checked && verify ? {} : { checkServerIdentity: () => undefined }),
    ...read('ca', options.ssl_ca_certs, 'ssl_ca_certs'),
    ...read('cert', options.ssl_certfile, 'ssl_certfile'),
    ...read('key', options.ssl_keyfile, 'ssl_keyfile'),
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
