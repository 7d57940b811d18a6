import { DriverError, type DriverOptions } from '@lovage/contracts';
import { maskUrl, nearest } from '@lovage/contracts/kit';
import { isUnverified, settleTls } from './tls.ts';

/** What a URL's query and the transport options may set, besides what the client of PostgreSQL knows. */
export interface PostgresOptions {
  /** Where our tables are. */
  readonly schema: string;
  /** The most connections of one driver, besides the one that listens. */
  readonly poolSize: number;
  /**
   * A pooler such as PgBouncer hands out a connection for a transaction at a time: nothing may be left in its session.
   * Undefined: find out.
   */
  readonly pooler: boolean | undefined;
  /** An idle consumer, or who waits for a result, looks this often, in ms. Undefined: by whether it can listen. */
  readonly pollMs: number | undefined;
  /** How long a call may take before it rejects with 'unavailable', in ms. */
  readonly timeoutMs: number;
  readonly log: NonNullable<DriverOptions['log']>;
}

export interface Configured {
  readonly options: PostgresOptions;
  /** The URL without what is ours, as `pg` takes it. */
  readonly connectionString: string;
  /** Bind the password's proof to the TLS connection, where the server offers it: `pg` takes that elsewhere. */
  readonly channelBinding: boolean;
  /** Over TLS, but to whoever answers. */
  readonly unverified: boolean;
}

const OURS = ['schema', 'pool_size', 'pooler', 'pgbouncer', 'polling_interval', 'channel_binding'] as const;

/** What `pg` reads from the query of a URL. */
const THEIRS: readonly string[] = [
  'application_name',
  'host',
  'options',
  'port',
  'ssl',
  'sslcert',
  'sslkey',
  'sslmode',
  'sslnegotiation',
  'sslrootcert',
  'uselibpqcompat',
];

/** Names of PostgreSQL are cut after 63 bytes, and ours stands in the names of channels. */
const SCHEMA = /^[a-z_][a-z0-9_]{0,30}$/;

/** Transport options first, the URL's query over them. Throws DriverError 'refused' at anything unknown. */
export function readOptions(
  url: string,
  given: DriverOptions,
  /** Names of options besides, for a package that reads them itself. */
  also: readonly string[] = [],
): Configured & { readonly settings: ReadonlyMap<string, unknown> } {
  const { theirs, own, unverified } = splitQuery(url, also);
  const settings = new Map([...namesOf(given.transport, also), ...own]);
  const options: PostgresOptions = {
    schema: readSchema(settings.get('schema')),
    poolSize: readNumber('pool_size', settings.get('pool_size'), 1, 100, 'connections') ?? 4,
    pooler: readBoolean('pooler', settings.get('pooler') ?? settings.get('pgbouncer')),
    pollMs: inMs(readNumber('polling_interval', settings.get('polling_interval'), 0.001, 60, 'seconds')),
    timeoutMs: given.timeoutMs ?? 4000,
    log: given.log ?? (() => {}),
  };
  const forResults = namesOf(given.resultTransport, also).get('schema');
  if (forResults !== undefined && forResults !== options.schema) {
    throw refused(
      `schema is ${String(forResults)} for results and ${options.schema} for the broker, which share one driver: ` +
        'name the schema in the URLs, so that they differ',
    );
  }
  const channelBinding = readBinding(settings.get('channel_binding'));
  return { options, connectionString: theirs, channelBinding, unverified, settings };
}

interface SplitUrl extends Pick<Configured, 'unverified'> {
  readonly theirs: string;
  readonly own: Map<string, unknown>;
}

function splitQuery(url: string, also: readonly string[]): SplitUrl {
  const at = url.indexOf('?');
  if (at === -1) return { theirs: url, own: new Map(), unverified: false };
  const own = new Map<string, unknown>();
  const theirs = new URLSearchParams();
  for (const [name, value] of new URLSearchParams(url.slice(at + 1))) {
    if (THEIRS.includes(name)) theirs.append(name, value);
    else own.set(known(name, also, url), value);
  }
  const query = theirs.size > 0 ? `?${settleTls(theirs)}` : '';
  return { theirs: url.slice(0, at) + query, own, unverified: isUnverified(theirs) };
}

function namesOf(
  transport: Readonly<Record<string, unknown>> = {},
  also: readonly string[],
): Map<string, unknown> {
  return new Map(Object.entries(transport).map(([name, value]) => [known(name, also), value]));
}

function known(name: string, also: readonly string[], url?: string): string {
  const ours = [...OURS, ...also];
  if (ours.includes(name)) return name;
  const all = url === undefined ? ours : [...ours, ...THEIRS];
  const near = nearest(name, all);
  const where = url === undefined ? '' : ` in ${maskUrl(url)}`;
  throw refused(
    `there is no option ${name}${where}.${near === undefined ? '' : ` Did you mean ${near}?`} Known are ${all.join(', ')}`,
  );
}

function readSchema(value: unknown): string {
  if (value === undefined) return 'lovage';
  if (typeof value === 'string' && SCHEMA.test(value) && !value.startsWith('pg_')) return value;
  throw refused(
    `schema is ${String(value)}: it must be up to 31 small letters, digits and underscores, and not begin with pg_`,
  );
}

function readNumber(
  name: string,
  value: unknown,
  least: number,
  most: number,
  unit: string,
): number | undefined {
  if (value === undefined) return undefined;
  const number = typeof value === 'string' && value.trim() === '' ? Number.NaN : Number(value);
  const whole = Number.isInteger(least);
  if (number >= least && number <= most && (!whole || Number.isInteger(number))) return number;
  throw refused(`${name} is ${String(value)}: it must be ${least} to ${most} ${unit}`);
}

/** As libpq spells it. */
function readBinding(value: unknown): boolean {
  if (value === undefined || value === 'disable') return false;
  if (value === 'prefer' || value === 'require') return true;
  throw refused(`channel_binding is ${String(value)}: it must be disable, prefer or require`);
}

function readBoolean(name: string, value: unknown): boolean | undefined {
  if (value === undefined) return undefined;
  const text = String(value).toLowerCase();
  if (text === 'true' || text === '1') return true;
  if (text === 'false' || text === '0') return false;
  throw refused(`${name} is ${String(value)}: it must be true or false`);
}

const inMs = (seconds: number | undefined): number | undefined =>
  seconds === undefined ? undefined : seconds * 1000;

function refused(why: string): DriverError {
  return new DriverError('refused', `postgres: ${why}`);
}
