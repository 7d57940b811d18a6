import { Redis } from 'ioredis';
import { Client } from 'pg';
import { startPostgres, startRedis } from '../tools/services.ts';
import type { Scratch } from './scratch.ts';

/** Where one measurement keeps its tasks; new for each, so that none pays for what another left. */
export interface Store extends AsyncDisposable {
  /** What the measured programs find in their environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly url: string;
}

export interface RedisStore extends Store {
  readonly client: Redis;
}

/** A private server without persistence on a free port. */
export async function redisStore(): Promise<RedisStore> {
  const server = await startRedis({ control: true }); // never one that is shared: its keys are counted
  const client = new Redis(server.url);
  return {
    url: server.url,
    env: { BENCH_URL: server.url },
    client,
    [Symbol.asyncDispose]: async () => {
      client.disconnect();
      await server.stop();
    },
  };
}

export interface PostgresStore extends Store {
  readonly client: Client;
}

/** A private server that waits for the disk at each commit, with the settings it comes with. */
export async function postgresStore(): Promise<PostgresStore> {
  const server = await startPostgres({ control: true, durable: true });
  const client = new Client(server.url);
  await client.connect();
  return {
    url: server.url,
    env: { BENCH_URL: server.url },
    client,
    [Symbol.asyncDispose]: async () => {
      await client.end();
      await server.stop();
    },
  };
}

/** A new file; its folder goes with the scratch. */
export function sqliteStore(scratch: Scratch): Store {
  const file = scratch.file('bench.db');
  const url = `sqlite:///${file}`;
  return { url, env: { BENCH_URL: url, BENCH_FILE: file }, [Symbol.asyncDispose]: async () => {} };
}
