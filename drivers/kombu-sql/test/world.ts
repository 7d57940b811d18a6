import { randomUUID } from 'node:crypto';
import type { Driver, DriverOptions } from '@lovage/contracts';
import { driver } from '@lovage/kombu-sql';
import { Client } from 'pg';
import { type PostgresServer, startPostgres } from '../../../tools/services.ts';

export type KombuDriver = Required<Driver>;

/** The URL of our driver's module, for processes that an exam starts. */
export const MODULE = import.meta.resolve('@lovage/kombu-sql');

/** One server for all the cases of a file, each in a schema of its own. It ends with the process at the latest. */
let shared: Promise<PostgresServer> | undefined;

export function sharedServer(): Promise<PostgresServer> {
  shared ??= startPostgres();
  return shared;
}

export async function stopSharedServer(): Promise<void> {
  await (await shared)?.stop();
}

/** A place of its own, which holds kombu's tables and all of ours, and the drivers that work in it. */
export class World {
  /** Where the tables are, for any client. */
  readonly engine: string;
  /** A broker's URL of the same, maybe by way of something that stands in between. */
  readonly url: string;
  readonly schema: string;
  readonly logged: string[] = [];
  readonly #drivers: KombuDriver[] = [];
  readonly #drop: () => Promise<void>;

  /** A schema of a server. */
  static async create(server?: Pick<PostgresServer, 'url'>, by = (url: string) => url): Promise<World> {
    const { url } = server ?? (await sharedServer());
    const schema = `exam_${randomUUID().slice(0, 8)}`;
    await say(url, `create schema ${schema}`);
    const engine = `${url}?options=-csearch_path%3D${schema}`;
    return new World(engine, by(engine), schema, () => say(url, `drop schema ${schema} cascade`));
  }

  /** A schema that is found by who comes, where a session may have no settings. */
  static async createForUser(by: (url: string) => string): Promise<World> {
    const { url } = await sharedServer();
    const name = `exam_${randomUUID().slice(0, 8)}`;
    await say(
      url,
      `create role ${name} login superuser; create schema ${name} authorization ${name};
        alter role ${name} set search_path = ${name}`,
    );
    const engine = new URL(url);
    engine.username = name;
    const drop = () =>
      say(
        url,
        `select pg_terminate_backend(pid) from pg_stat_activity where usename = '${name}';
          drop schema ${name} cascade; drop role ${name}`,
      );
    return new World(engine.href, by(engine.href), name, drop);
  }

  /** A database of a server, where nothing is. */
  static async createDatabase(): Promise<World> {
    const { url } = await sharedServer();
    const name = `exam_${randomUUID().slice(0, 8)}`;
    await say(url, `create database ${name}`);
    const engine = url.replace(/[^/]*$/, name);
    return new World(engine, engine, 'lovage', () => say(url, `drop database ${name} with (force)`));
  }

  private constructor(engine: string, reached: string, schema: string, drop: () => Promise<void>) {
    this.engine = engine;
    this.url = `sqla+${reached}`;
    this.schema = schema;
    this.#drop = drop;
  }

  get transport() {
    return { schema: this.schema };
  }

  /** A driver of its own: to the server, what another process would be. */
  open(options: DriverOptions = {}, url = this.url): KombuDriver {
    const log = (level: string, message: string) => void this.logged.push(`${level}: ${message}`);
    const transport = { ...this.transport, ...options.transport };
    const made = driver.create(url, { log, timeoutMs: 20_000, ...options, transport }) as KombuDriver;
    this.#drivers.push(made);
    return made;
  }

  /** A look at the tables past the driver, or a hand laid on them. */
  async query<T = Record<string, unknown>>(sql: string, values: unknown[] = []): Promise<T[]> {
    await using client = await rawClient(this.engine);
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

async function say(url: string, sql: string): Promise<void> {
  await using client = await rawClient(url);
  await client.query(sql);
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
