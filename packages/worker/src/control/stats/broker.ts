import type { App } from '@lovage/app';
import { shownSetting } from '@lovage/app';
import type { ServiceUrl } from '@lovage/contracts/kit';
import { maskUrl, parseServiceUrl } from '@lovage/contracts/kit';

/** The broker as kombu describes a connection, without its password; nulls where its URL has no such part. */
export function brokerStats(conf: App['conf']): Readonly<Record<string, unknown>> {
  const url = parsed(conf.brokerUrl);
  const [first, ...others] = url?.hosts ?? [];
  return {
    hostname: first?.host || null,
    userid: url?.username ?? null,
    virtual_host: url ? virtualHost(url) : null,
    port: first?.port ?? null,
    insist: false,
    ssl: url?.scheme === 'rediss' || url?.scheme === 'amqps',
    transport: url?.scheme ?? null,
    connect_timeout: conf.brokerConnectionTimeout,
    transport_options: shownSetting('broker_transport_options', conf.brokerTransportOptions),
    login_method: null,
    uri_prefix: null,
    heartbeat: 120,
    failover_strategy: 'round-robin',
    alternates: others.map(({ host, port }) => maskUrl(`${url?.scheme}://${host}${port ? `:${port}` : ''}`)),
    credential_provider: null,
  };
}

/** The number of the database on Redis, the path elsewhere. */
function virtualHost({ scheme, path, query }: ServiceUrl): string | null {
  const inPath = path.replace(/^\//, '');
  if (scheme === 'redis+socket') return query.get('virtual_host') ?? '0';
  if (/^(rediss?|sentinel)$/.test(scheme)) return inPath || '0';
  return inPath || null;
}

function parsed(url: string): ServiceUrl | undefined {
  try {
    return parseServiceUrl(url);
  } catch {
    return undefined;
  }
}
