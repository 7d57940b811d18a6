import { randomUUID } from 'node:crypto';
import type { DriverOptions } from '@lovage/contracts';
import { driver } from '@lovage/django';
import { Client } from 'pg';
import {
  migrateDjango,
  type PostgresServer,
  requireService,
  startPostgres,
} from '../../../tools/services.ts';

export type PythonDriver = ReturnType<typeof driver.create> &
  Required<Pick<ReturnType<typeof driver.create>, 'results' | 'schedules' | 'locks' | 'revocations'>>;

/** The URL of our driver's module, for processes that an exam starts. */
export const MODULE = import.meta.resolve('@lovage/django');

/** One server for all the cases of a file, each in a database of its own. It ends with the process at the latest. */
let shared: Promise<PostgresServer> | undefined;
/** A database with Django's tables, of which others are copies: to run the migrations takes Python two seconds. */
let migrated: Promise<string> | undefined;

export function sharedServer(): Promise<PostgresServer> {
  shared ??= startPostgres();
  return shared;
}

export async function stopSharedServer(): Promise<void> {
  const server = await shared;
  shared = undefined;
  migrated = undefined;
  await server?.stop();
}

const urlOf = (server: Pick<PostgresServer, 'url'>, database: string): string => {
  const url = new URL(server.url);
  url.pathname = `/${database}`;
  return url.href;
};

/** Databases of a server that a variable names are told apart by this. */
const nameOf = (kind: string): string => `lovage_${kind}_${randomUUID().slice(0, 12).replaceAll('-', '')}`;

/** The kinds of tables, and the schemes that mean them. */
export const SCHEMES = { django: 'django-db+postgresql', sqlalchemy: 'db+postgresql' } as const;
export type Kind = keyof typeof SCHEMES;

/** Those that its migrations make for results. */
const DJANGO_TABLES = [
  'django_celery_results_taskresult',
  'django_celery_results_groupresult',
  'django_celery_results_chordcounter',
] as const;

async function migratedDatabase(): Promise<string> {
  const server = await sharedServer();
  const name = nameOf('template');
  await admin(server, `create database ${name}`);
  const beat = requireService('django-celery-beat') === false;
  migrateDjango(urlOf(server, name), [
    'django_celery_results',
    ...(beat ? (['django_celery_beat'] as const) : []),
  ]);
  return name;
}

const admin = (server: Pick<PostgresServer, 'url'>, sql: string): Promise<void> => say(server.url, sql);

async function say(url: string, sql: string): Promise<void> {
  await using client = await rawClient(url);
  await client.query(sql);
}

/** A database of its own, and the drivers that work in it. */
export class World {
  /** As the driver takes it. */
  readonly url: string;
  /** As any client of PostgreSQL does. */
  readonly plainUrl: string;
  readonly logged: string[] = [];
  /** Options that say where it is, beside the URL. */
  readonly transport: Readonly<Record<string, unknown>>;
  readonly #drop: () => Promise<void>;
  readonly #drivers: PythonDriver[] = [];

  /** With the tables that Django's migrations make, or, of SQLAlchemy's, without any: whoever comes first makes them. */
  static async create(kind: Kind, { empty = false } = {}): Promise<World> {
    const server = await sharedServer();
    const name = nameOf(kind);
    if (kind === 'django' && !empty) {
      migrated ??= migratedDatabase();
      await admin(server, `create database ${name} template ${await migrated}`);
    } else {
      await admin(server, `create database ${name}`);
    }
    return new World(urlOf(server, name), kind, () =>
      admin(server, `drop database if exists ${name} with (force)`),
    );
  }

  /** The same in a schema of a database that others share, for who needs no Python: a third of what a database costs. */
  static async createSchema(kind: Kind): Promise<World> {
    const server = await sharedServer();
    const name = nameOf(kind);
    let database = new URL(server.url).pathname.slice(1);
    if (kind === 'django') {
      migrated ??= migratedDatabase();
      database = await migrated;
    }
    const base = urlOf(server, database);
    const copies = DJANGO_TABLES.map(
      (table) => `create table ${name}.${table} (like ${table} including all)`,
    );
    await say(base, [`create schema ${name}`, ...(kind === 'django' ? copies : [])].join('; '));
    const plain = `${base}?options=-csearch_path%3D${name}`;
    const own = name.replace('lovage_', 'own_');
    const drop = () => say(base, `drop schema ${name} cascade; drop schema if exists ${own} cascade`);
    return new World(plain, kind, drop, { schema: own });
  }

  private constructor(
    plainUrl: string,
    kind: Kind,
    drop: () => Promise<void>,
    transport: Readonly<Record<string, unknown>> = {},
  ) {
    this.plainUrl = plainUrl;
    this.url = plainUrl.replace(/^postgres(ql)?/, SCHEMES[kind]);
    this.transport = transport;
    this.#drop = drop;
  }

  /** A driver of its own: to the server, what another process would be. */
  open(options: DriverOptions = {}, url = this.url): PythonDriver {
    const log = (level: string, message: string) => void this.logged.push(`${level}: ${message}`);
    const transport = { polling_interval: 0.05, ...this.transport, ...options.transport };
    const made = driver.create(url, { log, timeoutMs: 20_000, ...options, transport }) as PythonDriver;
    this.#drivers.push(made);
    return made;
  }

  /** A look at the tables past the driver, or a hand laid on them. */
  async query<T = Record<string, unknown>>(sql: string, values: unknown[] = []): Promise<T[]> {
    await using client = await rawClient(this.plainUrl);
    return await client.query<T>(sql, values);
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#drivers.map((each) => each.close()));
    await this.#drop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }
}

/** A plain client, for what another program would do. */
export async function rawClient(url: string) {
  const client = new Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  return {
    client,
    async query<T>(sql: string, values: unknown[] = []): Promise<T[]> {
      return (await client.query(sql, values)).rows as T[];
    },
    [Symbol.asyncDispose]: () => client.end(),
  };
}
