import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type {
  Broker,
  Driver,
  DriverFactory,
  DriverOptions,
  EventBus,
  LockStore,
  ResultBackend,
  RevocationStore,
} from '@lovage/contracts';
import { DriverError } from '@lovage/contracts';
import { ImproperlyConfigured } from '../errors.ts';
import type { Logger } from '../logger/logger.ts';
import { maskUrls } from '../logger/mask.ts';
import { keepsResults } from './keeps-results.ts';
import type { PeriodicStore } from './open-periodic.ts';
import { openPeriodic } from './open-periodic.ts';
import type { Settings } from './settings.ts';

/** The services of one app. */
export interface Drivers {
  readonly broker: Broker;
  /** The broker's URL, its password hidden. */
  readonly brokerLabel: string;
  /** Undefined where results are turned off, or the broker's store keeps none and no other was named. */
  readonly results: ResultBackend | undefined;
  readonly resultsLabel: string;
  readonly bus: EventBus | undefined;
  /** Kept where the messages are, or, where that store cannot, with the results. Undefined where neither can. */
  readonly revocations: RevocationStore | undefined;
  /** At `lovageLockUrl`, or where the messages are, or with the results. Undefined where none of these can. */
  readonly locks: LockStore | undefined;
  /** Broker and results are roles of one driver: it may settle with records. */
  readonly oneStore: boolean;
  /** Whatever was opened for all of these. */
  readonly drivers: readonly Driver[];
  /** Where periodic tasks are kept: opened when first asked for. @throws ImproperlyConfigured where nothing keeps them */
  periodic(): Promise<PeriodicStore>;
  close(): Promise<void>;
}

/** Which package drives which scheme. */
const PACKAGES: Readonly<Record<string, string>> = {
  memory: '@lovage/memory',
  sqlite: '@lovage/sqlite',
  redis: '@lovage/redis',
  rediss: '@lovage/redis',
  sentinel: '@lovage/redis',
  'redis+socket': '@lovage/redis',
  postgres: '@lovage/postgres',
  postgresql: '@lovage/postgres',
  amqp: '@lovage/amqp',
  amqps: '@lovage/amqp',
  pyamqp: '@lovage/amqp',
  'sqla+postgresql': '@lovage/kombu-sql',
  'sqla+postgresql+psycopg2': '@lovage/kombu-sql',
  'sqla+postgresql+psycopg': '@lovage/kombu-sql',
  'sqla+postgresql+pg8000': '@lovage/kombu-sql',
  'sqlalchemy+postgresql': '@lovage/kombu-sql',
  'sqlalchemy+postgresql+psycopg2': '@lovage/kombu-sql',
  'sqlalchemy+postgresql+psycopg': '@lovage/kombu-sql',
  'sqlalchemy+postgresql+pg8000': '@lovage/kombu-sql',
  'django-db': '@lovage/django',
  'django-db+postgresql': '@lovage/django',
  'django-db+postgres': '@lovage/django',
  'db+postgresql': '@lovage/django',
  'db+postgresql+psycopg2': '@lovage/django',
  'db+postgresql+psycopg': '@lovage/django',
  'db+postgresql+pg8000': '@lovage/django',
};

/** Celery's name for results that travel to the caller: through the broker, whatever else the URL says. */
const RPC = /^rpc(:|$)/i;

/** Opens what the settings name. Nothing is connected yet: that happens on first use. */
export async function openDrivers(
  conf: Settings,
  factories: readonly DriverFactory[],
  log: Logger,
): Promise<Drivers> {
  const opened = new Map<string, Driver>();
  const open = async (setting: string, url: string, transport: DriverOptions['transport'] & object) => {
    const known = opened.get(url);
    if (known) return known;
    const factory = await findFactory(setting, url, factories);
    const driver = createDriver(factory, setting, url, {
      timeoutMs: conf.brokerConnectionTimeout * 1000,
      transport,
      ...(keepsResultsAt(conf, url) && Object.keys(conf.resultBackendTransportOptions).length > 0
        ? { resultTransport: conf.resultBackendTransportOptions }
        : {}),
      ...(conf.resultExpires ? { resultTtlMs: conf.resultExpires * 1000 } : {}),
      log: (level, message) => log[level](message),
    });
    opened.set(url, driver);
    return driver;
  };

  const { brokerUrl, resultBackend } = conf;
  const brokerDriver = await open('brokerUrl', brokerUrl, conf.brokerTransportOptions);
  if (!brokerDriver.broker) throw new ImproperlyConfigured(`${brokerDriver.label} cannot be a broker`);

  const resultsDriver = await openResults();
  if (resultBackend && resultsDriver && !resultsDriver.results) {
    throw new ImproperlyConfigured(`${resultsDriver.label} cannot keep results`);
  }
  async function openResults(): Promise<Driver | undefined> {
    if (!keepsResults(conf)) return undefined;
    if (typeof resultBackend !== 'string') return brokerDriver;
    if (RPC.test(resultBackend)) return travelling(brokerDriver);
    return open('resultBackend', resultBackend, conf.resultBackendTransportOptions);
  }
  let periodic: Promise<PeriodicStore> | undefined;
  const { lovageLockUrl } = conf;
  const lockDriver = lovageLockUrl === null ? undefined : await open('lovageLockUrl', lovageLockUrl, {});
  if (lockDriver && !lockDriver.locks) {
    throw new ImproperlyConfigured(`lovageLockUrl: ${lockDriver.label} cannot keep locks`);
  }
  const homes = [brokerDriver, resultsDriver];
  return {
    broker: brokerDriver.broker(),
    brokerLabel: brokerDriver.label,
    results: resultsDriver?.results?.(),
    resultsLabel: resultsDriver?.results ? resultsDriver.label : 'disabled://',
    bus: brokerDriver.bus?.(),
    revocations: homes.find((driver) => driver?.revocations)?.revocations?.(),
    locks: [lockDriver, ...homes].find((driver) => driver?.locks)?.locks?.(),
    oneStore: resultsDriver === brokerDriver,
    drivers: [...opened.values()],
    periodic() {
      const drivers = { broker: brokerDriver, results: resultsDriver };
      periodic ??= openPeriodic(conf, drivers, (setting, url) => open(setting, url, {}));
      return periodic;
    },
    async close() {
      await periodic?.catch(() => undefined);
      await Promise.all([...opened.values()].map((driver) => driver.close()));
    },
  };
}

function travelling(broker: Driver): Driver {
  if (broker.results?.().replyTo !== undefined) return broker;
  throw new ImproperlyConfigured(
    `resultBackend is rpc://: results travel through RabbitMQ only, and the broker is ${broker.label}`,
  );
}

/** Whoever has nothing to do with results must not be told of their options, which it may not know. */
const keepsResultsAt = ({ brokerUrl, resultBackend }: Settings, url: string): boolean =>
  url === (resultBackend ?? brokerUrl);

async function findFactory(
  setting: string,
  url: string,
  factories: readonly DriverFactory[],
): Promise<DriverFactory> {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase();
  if (!scheme) {
    throw new ImproperlyConfigured(
      `${setting} is ${maskUrls(url)}, which is no URL such as redis://localhost:6379/0`,
    );
  }
  const given = factories.find(({ schemes }) => schemes.includes(scheme));
  if (given) return given;
  const name = PACKAGES[scheme];
  if (name) return loadFactory(setting, scheme, name);
  const reason = sqlaReason(scheme) ?? `no driver speaks ${scheme}`;
  const known = [...new Set([...Object.keys(PACKAGES), ...factories.flatMap(({ schemes }) => schemes)])];
  throw new ImproperlyConfigured(`${setting} is ${maskUrls(url)}: ${reason}. Known are ${known.join(', ')}.`);
}

/** kombu's SQLAlchemy transport knows more engines than we do. */
function sqlaReason(scheme: string): string | undefined {
  if (!/^sqla(lchemy)?\+/.test(scheme)) return undefined;
  return "of the engines that hold kombu's tables, PostgreSQL is supported alone (sqla+postgresql://)";
}

async function loadFactory(setting: string, scheme: string, name: string): Promise<DriverFactory> {
  const module = (await importFromAnywhere(name, setting, scheme)) as { readonly driver?: DriverFactory };
  if (!module.driver) throw new ImproperlyConfigured(`${name} exports no driver`);
  return module.driver;
}

/** As a neighbour of this package, or else from where the user's program runs. */
async function importFromAnywhere(name: string, setting: string, scheme: string): Promise<unknown> {
  try {
    return await import(name);
  } catch (error) {
    if (!isMissing(error, name)) throw error;
  }
  const require = createRequire(pathToFileURL(`${process.cwd()}/`));
  try {
    return await import(pathToFileURL(require.resolve(name)).href);
  } catch (error) {
    if (!isMissing(error, name)) throw error;
    throw new ImproperlyConfigured(
      `${setting} is a ${scheme}:// URL, which ${name} drives: npm install ${name}`,
      {
        cause: error,
      },
    );
  }
}

/** Is it this package that is missing, and not one that it imports? */
function isMissing(error: unknown, name: string): boolean {
  const { code, message } = error as NodeJS.ErrnoException;
  return (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') && message.includes(`'${name}'`);
}

function createDriver(factory: DriverFactory, setting: string, url: string, options: DriverOptions): Driver {
  try {
    return factory.create(url, options);
  } catch (error) {
    if (!(error instanceof DriverError)) throw error;
    throw new ImproperlyConfigured(`${setting}: ${error.message}`, { cause: error });
  }
}
