import { spawnSync } from 'node:child_process';
import { accessSync, appendFileSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

export type Service =
  | 'redis'
  | 'postgres'
  | 'pgbouncer'
  | 'rabbitmq'
  | 'openssl'
  | 'celery'
  | 'celery-amqp'
  | 'sqlalchemy'
  | 'django'
  | 'django-celery-beat'
  | 'ephem';

interface Provision {
  /** What is missing, for people. */
  readonly what: string;
  readonly installed: () => boolean;
  /** Names a running server to use instead of a private one. */
  readonly variable?: string;
  /** The one command that installs it. */
  readonly enable: string;
}

/** The Python whose Celery is our peer: Debian's, which has it as a package. */
export const PYTHON: string = process.env['LOVAGE_TEST_PYTHON'] ?? '/usr/bin/python3';

const PROVISIONS: Readonly<Record<Service, Provision>> = {
  redis: {
    what: 'redis-server',
    installed: () => findOnPath('redis-server') !== undefined,
    variable: 'LOVAGE_TEST_REDIS_URL',
    enable: 'apt-get install redis-server',
  },
  postgres: {
    what: 'a PostgreSQL server',
    installed: () => findPostgres() !== undefined,
    variable: 'LOVAGE_TEST_POSTGRES_URL',
    enable: 'apt-get install postgresql',
  },
  pgbouncer: {
    what: 'PgBouncer',
    installed: () => findPostgres() !== undefined && findOnPath('pgbouncer') !== undefined,
    enable: 'apt-get install postgresql pgbouncer',
  },
  rabbitmq: {
    what: 'rabbitmq-server',
    installed: () => rabbitmqProgram() !== undefined && findOnPath('epmd') !== undefined,
    variable: 'LOVAGE_TEST_AMQP_URL',
    enable: 'apt-get install rabbitmq-server',
  },
  openssl: {
    what: 'openssl',
    installed: () => findOnPath('openssl') !== undefined,
    enable: 'apt-get install openssl',
  },
  celery: {
    what: `Celery for ${PYTHON}`,
    installed: () => spawnSync(PYTHON, ['-c', 'import celery, redis'], { stdio: 'ignore' }).status === 0,
    enable: 'apt-get install python3-celery python3-redis',
  },
  'celery-amqp': {
    what: `Celery with amqp for ${PYTHON}`,
    installed: () =>
      spawnSync(PYTHON, ['-c', 'import celery, amqp, redis'], { stdio: 'ignore' }).status === 0,
    enable: 'apt-get install python3-celery python3-amqp python3-redis',
  },
  sqlalchemy: {
    what: `SQLAlchemy with psycopg2 for ${PYTHON}`,
    installed: () =>
      spawnSync(PYTHON, ['-c', 'import celery, sqlalchemy, psycopg2'], { stdio: 'ignore' }).status === 0,
    enable: 'apt-get install python3-celery python3-sqlalchemy python3-psycopg2',
  },
  django: {
    what: `django-celery-results and SQLAlchemy for ${PYTHON}`,
    installed: () =>
      spawnSync(PYTHON, ['-c', 'import django_celery_results, sqlalchemy, psycopg2'], { stdio: 'ignore' })
        .status === 0,
    enable: 'apt-get install python3-django-celery-results python3-sqlalchemy python3-psycopg2',
  },
  ephem: {
    what: `Celery with ephem for ${PYTHON}`,
    installed: () => spawnSync(PYTHON, ['-c', 'import celery, ephem'], { stdio: 'ignore' }).status === 0,
    enable: 'apt-get install python3-celery python3-ephem',
  },
  'django-celery-beat': {
    what: `django-celery-beat for ${PYTHON}`,
    installed: () =>
      spawnSync(PYTHON, ['-c', 'import django_celery_beat, psycopg2'], { stdio: 'ignore' }).status === 0,
    enable: 'apt-get install python3-django-celery-beat python3-psycopg2',
  },
};

export interface RequireOptions {
  /** The test kills or restarts its server, so one that a variable names will not do. */
  readonly control?: boolean;
}

/**
 * False when the service can be had, else why not: what node:test takes as `skip`.
 * The reason is also noted in the file that LOVAGE_SKIP_LOG names, for the summary of the whole run.
 *
 * @throws Error instead of answering a reason where LOVAGE_REQUIRE_SERVICES=1
 */
export function requireService(service: Service, options: RequireOptions = {}): string | false {
  const { what, installed, enable, variable } = PROVISIONS[service];
  if (namedServer(service) !== undefined && !options.control) return false;
  if (installed()) return false;

  const reason = `${what} is not installed`;
  const log = process.env['LOVAGE_SKIP_LOG'];
  if (log) appendFileSync(log, `${JSON.stringify({ suite: service, reason, enable })}\n`);
  const text = `${service}: ${reason}; \`${enable}\` enables it${options.control || !variable ? '' : `, or ${variable} names a server`}`;
  if (process.env['LOVAGE_REQUIRE_SERVICES'] === '1')
    throw new Error(`${text} (LOVAGE_REQUIRE_SERVICES=1 forbids to skip)`);
  return text;
}

/** The URL of a server that the environment offers for tests. */
export function namedServer(service: Service): string | undefined {
  const { variable } = PROVISIONS[service];
  return variable === undefined ? undefined : process.env[variable] || undefined;
}

/** The folder of `initdb` and `postgres`: on the PATH, or where Debian keeps one for each version, the newest first. */
export function findPostgres(): string | undefined {
  const onPath = findOnPath('initdb');
  if (onPath && findOnPath('postgres')) return dirname(onPath);
  const versions = readdirOrNothing(DEBIAN_POSTGRES).sort((a, b) => Number(b) - Number(a));
  return versions
    .map((version) => join(DEBIAN_POSTGRES, version, 'bin'))
    .find((folder) => isProgram(join(folder, 'initdb')) && isProgram(join(folder, 'postgres')));
}

const DEBIAN_POSTGRES = '/usr/lib/postgresql';

function readdirOrNothing(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Debian's program on the PATH insists on being started by root or its own user: what it starts does not. */
export function rabbitmqProgram(): string | undefined {
  const debian = '/usr/lib/rabbitmq/bin/rabbitmq-server';
  return existsSync(debian) ? debian : findOnPath('rabbitmq-server');
}

/** Where the shell would find a program. */
export function findOnPath(binary: string): string | undefined {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, binary);
    if (isProgram(path)) return path;
  }
  return undefined;
}

/** Is it here, and ours to run? */
function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
