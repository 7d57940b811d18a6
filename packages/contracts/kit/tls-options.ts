import { oneOf, refused } from './refuse.ts';

/** How a TLS connection is made; in the terms of node:tls. */
export interface Tls<File> {
  readonly rejectUnauthorized: boolean;
  /** Skips the comparison of the certificate's names with the host's. */
  readonly checkServerIdentity?: () => undefined;
  readonly ca?: File;
  readonly cert?: File;
  readonly key?: File;
}

/** Celery's names, which are redis-py's: in a URL's query or among the transport options. */
export const TLS_OPTIONS = [
  'ssl_cert_reqs',
  'ssl_ca_certs',
  'ssl_certfile',
  'ssl_keyfile',
  'ssl_check_hostname',
] as const;

type TlsOptions = Readonly<Partial<Record<(typeof TLS_OPTIONS)[number], unknown>>>;

const CERT_REQS = ['required', 'CERT_REQUIRED', 'none', 'CERT_NONE'] as const;

export const isTlsOption = (name: string): boolean => (TLS_OPTIONS as readonly string[]).includes(name);

/** The options that are of TLS, and the rest. */
export function splitTls(options: Readonly<Record<string, unknown>>) {
  const entries = Object.entries(options);
  return {
    ssl: Object.fromEntries(entries.filter(([name]) => isTlsOption(name))),
    rest: Object.fromEntries(entries.filter(([name]) => !isTlsOption(name))),
  };
}

/**
 * The server's certificate is verified unless `ssl_cert_reqs=none` says not to, which is warned of each time.
 * @throws DriverError 'refused'
 */
export function readTls<File>(
  options: TlsOptions,
  host: { warn(message: string): void; readFile(path: string): File },
): Tls<File> {
  const { ssl_cert_reqs: reqs = 'required', ssl_check_hostname: check = true } = options;
  if (reqs === 'optional' || reqs === 'CERT_OPTIONAL') {
    throw refused("ssl_cert_reqs 'optional' has no meaning for a client: take 'required' or 'none'");
  }
  const verify = oneOf(reqs, 'ssl_cert_reqs', CERT_REQS).toLowerCase().endsWith('required');
  if (!verify)
    host.warn(
      'ssl_cert_reqs=none: whoever answers is trusted; the certificate of the server is not verified',
    );
  const checked = check === true || check === 'true' || check === 'True';

  const file = (part: 'ca' | 'cert' | 'key', option: keyof TlsOptions): Pick<Tls<File>, typeof part> => {
    const path = options[option];
    if (path === undefined || path === null) return {};
    if (typeof path !== 'string') throw refused(`${option} must be the path of a PEM file`);
    try {
      return { [part]: host.readFile(path) };
    } catch (error) {
      throw refused(`${option}: cannot read ${path} (${(error as { readonly code?: string }).code})`);
    }
  };
  return {
    rejectUnauthorized: verify,
    ...(checked && verify ? {} : { checkServerIdentity: () => undefined }),
    ...file('ca', 'ssl_ca_certs'),
    ...file('cert', 'ssl_certfile'),
    ...file('key', 'ssl_keyfile'),
  };
}
