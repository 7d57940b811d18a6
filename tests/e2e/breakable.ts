/** Stores whose server and whose connections a test may break. */
import { after } from 'node:test';
import { Client } from 'pg';
import {
  kombuSchema,
  postgresSchema,
  type RabbitmqServer,
  redisDatabase,
  requireService,
  startPostgres,
  startRedis,
} from '../../tools/services.ts';
import { startSeenRabbitmq } from './rabbitmq.ts';
import { askRedis, connections } from './redis-raw.ts';

/** Where messages and results are, as settings. */
export interface StoreConf {
  readonly brokerUrl: string;
  readonly resultBackend: string;
}

/** A store that is empty, on a server that is the test's own while it runs. */
export interface OpenStore extends AsyncDisposable {
  /** Where its server listens. */
  readonly port: number;
  readonly server: { kill(): Promise<void>; restart(): Promise<unknown> };
  /** Its URLs, by way of that port: a proxy's, or its own. */
  conf(port: number): StoreConf;
  /** End every client's connection, as an operator can. */
  closeConnections(): Promise<unknown>;
}

export interface Breakable {
  readonly name: string;
  readonly skip: string | false;
  /** Whether each test has a server of its own, so that many can wait at a time. */
  readonly concurrency: boolean;
  open(): Promise<OpenStore>;
}

/** Of RabbitMQ's clients. */
const HEARTBEAT_S = 2;

const one = (url: string): StoreConf => ({ brokerUrl: url, resultBackend: url });

export const REDIS: Breakable = {
  name: 'Redis',
  skip: requireService('redis', { control: true }),
  concurrency: true,
  async open() {
    const server = await startRedis({ control: true, appendonly: true });
    const { port } = server;
    return {
      port,
      server,
      conf: (at) => one(redisDatabase({ ...server, url: server.url.replace(`${port}`, `${at}`) }, 0)),
      async closeConnections() {
        for (const id of await connections(port)) await askRedis(port, 'CLIENT', 'KILL', 'ID', id);
      },
      [Symbol.asyncDispose]: () => server.stop(),
    };
  },
};

const inPostgres = (name: string, url: typeof postgresSchema): Breakable => ({
  name,
  skip: requireService('postgres', { control: true }),
  concurrency: true,
  async open() {
    const server = await startPostgres({ control: true });
    const { port } = server;
    return {
      port,
      server,
      conf: (at) => one(url({ url: server.url.replace(`${port}`, `${at}`) }, 'lovage')),
      closeConnections: () => endSessions(server.url),
      [Symbol.asyncDispose]: () => server.stop(),
    };
  },
});

async function endSessions(url: string): Promise<void> {
  const client = new Client(url);
  await client.connect();
  try {
    await client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where backend_type = 'client backend' and pid <> pg_backend_pid()`,
    );
  } finally {
    await client.end();
  }
}

export const POSTGRES = inPostgres('PostgreSQL', postgresSchema);
export const KOMBU = inPostgres("kombu's tables", kombuSchema);

let rabbitmq: Promise<RabbitmqServer> | undefined;
after(async () => (await rabbitmq)?.stop());

/**
 * Results travel through it too. It takes seconds to start: one for all of a file, a vhost for each test.
 * A connection that is half open is noticed by its heartbeats alone, so these are more frequent than usual.
 */
export const RABBITMQ: Breakable = {
  name: 'RabbitMQ',
  skip: requireService('rabbitmq', { control: true }),
  concurrency: false,
  async open() {
    rabbitmq ??= startSeenRabbitmq();
    const server = await rabbitmq;
    const url = await server.vhost();
    return {
      port: server.port,
      server,
      conf: (at) => ({
        brokerUrl: `${url.replace(`:${server.port}/`, `:${at}/`)}?heartbeat=${HEARTBEAT_S}`,
        resultBackend: 'rpc://',
      }),
      closeConnections: () => server.closeConnections(),
      [Symbol.asyncDispose]: async () => {},
    };
  },
};
