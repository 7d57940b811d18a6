import { readFileSync } from 'node:fs';
import {
  isTlsOption,
  maskUrl,
  parseServiceUrl,
  readTls,
  refused,
  type ServiceHost,
  type ServiceUrl,
  splitTls,
  TLS_OPTIONS,
  type Tls,
  unknownName,
} from '@lovage/contracts/kit';

/** What a URL says. */
export interface Target {
  readonly place:
    | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
    | { readonly kind: 'socket'; readonly path: string }
    | {
        readonly kind: 'sentinel';
        readonly nodes: readonly { readonly host: string; readonly port: number }[];
      };
  readonly database: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly tls: Tls<Buffer> | undefined;
  /** The URL with its password hidden. */
  readonly label: string;
}

export const SCHEMES = ['redis', 'rediss', 'sentinel', 'redis+socket'] as const;

const REDIS_PORT = 6_379;
const SENTINEL_PORT = 26_379;

/**
 * `redis://user:password@host:6379/0`, `rediss://…` with TLS, `redis+socket:///path?virtual_host=0`,
 * `sentinel://host:26379;sentinel://…/0`, as Celery writes them.
 * @param ssl TLS options from elsewhere; those of the URL go before them
 * @throws DriverError 'refused'
 */
export function readTarget(
  url: string,
  ssl: Readonly<Record<string, unknown>>,
  warn: (message: string) => void,
): Target {
  const label = maskUrl(url);
  const parsed = parseServiceUrl(url);
  const { scheme, query, username, password } = parsed;
  for (const name of query.keys()) {
    if (name !== 'virtual_host' && !isTlsOption(name)) {
      throw unknownName(`parameter of ${label}:`, name, ['virtual_host', ...TLS_OPTIONS]);
    }
  }
  const tlsOptions = { ...ssl, ...splitTls(Object.fromEntries(query)).ssl };
  const wantsTls = scheme === 'rediss' || (scheme === 'sentinel' && Object.keys(tlsOptions).length > 0);
  if (!wantsTls && Object.keys(tlsOptions).length > 0) {
    throw refused(`${label}: TLS options are for rediss:// and sentinel:// URLs`);
  }
  return {
    place: readPlace(parsed, label),
    database: readDatabase(parsed, label),
    username,
    password,
    tls: wantsTls
      ? readTls(tlsOptions, {
          warn: (message) => warn(`${label}: ${message}`),
          readFile: (path) => readFileSync(path),
        })
      : undefined,
    label,
  };
}

function readPlace({ scheme, hosts, path }: ServiceUrl, label: string): Target['place'] {
  const at = ({ host, port }: ServiceHost, usual: number) => ({
    host: host || 'localhost',
    port: port ?? usual,
  });
  if (scheme === 'sentinel') {
    if (hosts.length === 0) throw refused(`${label} names no sentinel: sentinel://host:26379`);
    return { kind: 'sentinel', nodes: hosts.map((host) => at(host, SENTINEL_PORT)) };
  }
  if (scheme === 'redis+socket') {
    if (path.length < 2) throw refused(`${label} names no socket: redis+socket:///path/of/redis.sock`);
    return { kind: 'socket', path };
  }
  if (hosts.length > 1)
    throw refused(`${label} names several servers; for a primary that moves use sentinel://`);
  return { kind: 'tcp', ...at(hosts[0] ?? { host: 'localhost' }, REDIS_PORT) };
}

function readDatabase({ scheme, path, query }: ServiceUrl, label: string): number {
  const inPath = scheme === 'redis+socket' ? '' : path.replace(/^\//, '');
  const text = query.get('virtual_host')?.replace(/^\//, '') || inPath || '0';
  if (!/^\d{1,5}$/.test(text))
    throw refused(`${label}: the database must be a number, such as /0, not '${text}'`);
  return Number(text);
}
