import { readFileSync } from 'node:fs';
import {
  isTlsOption,
  maskUrl,
  parseServiceUrl,
  readTls,
  refused,
  splitTls,
  TLS_OPTIONS,
  type Tls,
  unknownName,
} from '@lovage/contracts/kit';
import { seconds } from './take.ts';

export const SCHEMES = ['amqp', 'amqps', 'pyamqp'] as const;

/** What a URL says. */
export interface Target {
  /** At least one; they are tried in turn. */
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  readonly username: string;
  readonly password: string;
  readonly vhost: string;
  /** Undefined: `heartbeat` was not in the URL. */
  readonly heartbeatS: number | undefined;
  readonly tls: Tls<Buffer> | undefined;
  /** The URL with its password hidden. */
  readonly label: string;
}

/**
 * `amqp://user:password@host:5672/vhost`, `amqps://…` with TLS, and alternatives separated by ';', as Celery writes
 * them. `//` at the end, or nothing, is the vhost '/'.
 * @param ssl TLS options from elsewhere; those of the URL go before them
 * @throws DriverError 'refused'
 */
export function readTarget(
  url: string,
  ssl: Readonly<Record<string, unknown>>,
  warn: (message: string) => void,
): Target {
  const label = maskUrl(url);
  const { scheme, hosts, username, password, path, query } = parseServiceUrl(url);
  for (const name of query.keys()) {
    if (name !== 'heartbeat' && !isTlsOption(name))
      throw unknownName(`parameter of ${label}:`, name, ['heartbeat', ...TLS_OPTIONS]);
  }
  const secure = scheme === 'amqps';
  const tlsOptions = { ...ssl, ...splitTls(Object.fromEntries(query)).ssl };
  if (!secure && Object.keys(tlsOptions).length > 0)
    throw refused(`${label}: TLS options are for amqps:// URLs`);
  const usualPort = secure ? 5671 : 5672;
  const places = hosts.length > 0 ? hosts : [{ host: '' }];
  const heartbeat = query.get('heartbeat');
  return {
    hosts: places.map(({ host, port = usualPort }) => ({ host: host || 'localhost', port })),
    username: username ?? 'guest',
    password: password ?? (username === undefined ? 'guest' : ''),
    vhost: path.replace(/^\//, '') || '/',
    heartbeatS: heartbeat === null ? undefined : seconds(heartbeat, `heartbeat of ${label}`, 'from 0'),
    tls: secure
      ? readTls(tlsOptions, {
          warn: (message) => warn(`${label}: ${message}`),
          readFile: (path) => readFileSync(path),
        })
      : undefined,
    label,
  };
}
