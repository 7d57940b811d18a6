import { randomUUID } from 'node:crypto';
import type { Driver, DriverOptions } from '@lovage/contracts';
import { driver } from '@lovage/postgres';
import { Client } from 'pg';
import { type PostgresServer, startPostgres } from '../../../tools/services.ts';

export type PostgresDriver = Required<Driver>;

/** The URL of our driver's module, for processes that an exam starts. */
export const MODULE = import.meta.resolve('@lovage/postgres');

/** One server for all the cases of a file, each in a schema of its own. It ends with the process at the latest. */
let shared: Promise<PostgresServer> | undefined;

export function sharedServer(): Promise<PostgresServer> {
  shared ??= startPostgres();
  return shared;
}

export async function stopSharedServer(): Promise<void> {
  await (await shared)?.stop();
}

/** A schema of its own, and the drivers that work in it. */
export class World {
  readonly url: string;
  readonly schema: string = `exam_${randomUUID().slice(0, 8)}`;
  readonly logged: string[] = [];
  readonly #direct: string;
  readonly #drivers: PostgresDriver[] = [];

  static async create(): Promise<World> {
    return new World((await sharedServer()).url);
  }

  /** @param direct where the server is itself, if `url` is a pooler's */
  constructor(url: string, direct = url) {
    this.url = url;
    this.#direct = direct;
  }

  get transport() {
    return { schema: this.schema };
  }

  /** A driver of its own: to the server, what another process would be. */
  open(options: DriverOptions = {}, url = this.url): PostgresDriver {
    const log = (level: string, message: string) => void this.logged.push(`${level}: ${message}`);
    const transport = { ...this.transport, ...options.transport };
    const made = driver.create(url, { log, timeoutMs: 20_000, ...options, transport }) as PostgresDriver;
    this.#drivers.push(made);
    return made;
  }

  /** A look at the tables past the driver, or a hand laid on them. `lovage.` stands for the schema. */
  async query<T = Record<string, unknown>>(sql: string, values: unknown[] = []): Promise<T[]> {
    await using client = await rawClient(this.#direct);
    return await client.query<T>(sql.replaceAll('lovage.', `${this.schema}.`), values);
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#drivers.map((each) => each.close()));
    await this.query(`drop schema if exists ${this.schema} cascade`);
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
