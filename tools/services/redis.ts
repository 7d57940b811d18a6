import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask, freePort } from './ports.ts';
import { findOnPath, namedServer } from './require.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';

const READY_WITHIN_MS = 15_000;
const PORT_ATTEMPTS = 5;

export interface RedisOptions {
  /** Keep every write on disk before it is answered, so that `restart({ keepData: true })` loses nothing. Default false. */
  readonly appendonly?: boolean;
  /** More arguments of redis-server, such as ['--requirepass', 'secret']. */
  readonly args?: readonly string[];
  /** Take no server that LOVAGE_TEST_REDIS_URL names: the test will kill or restart it. Default false. */
  readonly control?: boolean;
}

export interface RestartOptions {
  /** Default true. What is kept depends on `appendonly`: without it nothing is. */
  readonly keepData?: boolean;
}

export interface RedisServer {
  readonly url: string;
  readonly port: number;
  /** False for the server that LOVAGE_TEST_REDIS_URL names: share it with care, it holds others' keys. */
  readonly isPrivate: boolean;
  /** End it in good order and delete its folder. Idempotent. */
  stop(): Promise<void>;
  /** SIGKILL, as a crash of the machine would; the folder stays for `restart`. */
  kill(): Promise<void>;
  /** End it if it runs (SIGKILL), and start it again on the same port. */
  restart(options?: RestartOptions): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Start a private redis-server, or take the one that LOVAGE_TEST_REDIS_URL names. Resolves once it answers PING. */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const named = options.control ? undefined : namedServer('redis');
  return named === undefined ? startPrivate(options) : borrow(named);
}

async function startPrivate({ appendonly = false, args = [] }: RedisOptions): Promise<RedisServer> {
  const program = findOnPath('redis-server');
  if (!program) throw new Error('redis-server is not installed; ask requireService("redis") first');
  const folder = mkdtempSync(join(tmpdir(), 'lovage-redis-'));
  const settings = ['--save', '', '--bind', '127.0.0.1', '--dir', folder, ...args];
  if (appendonly) settings.push('--appendonly', 'yes', '--appendfsync', 'always');

  let { server, port } = await startOnFreePort(program, settings, folder);
  let stopped: Promise<void> | undefined;

  async function end(): Promise<void> {
    await server.end('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  }
  function stop(): Promise<void> {
    stopped ??= end();
    return stopped;
  }
  return {
    url: `redis://127.0.0.1:${port}/0`,
    port,
    isPrivate: true,
    kill: () => server.end('SIGKILL'),
    async restart({ keepData = true } = {}) {
      if (stopped) throw new Error('this redis-server was stopped and its folder deleted');
      await server.end('SIGKILL');
      if (!keepData) rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder, { recursive: true });
      server = await startOn(port, program, settings, folder);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** Between finding a port and listening on it, somebody else may take it. */
async function startOnFreePort(program: string, settings: readonly string[], folder: string) {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    try {
      return { server: await startOn(port, program, settings, folder), port };
    } catch (error) {
      if (attempt === PORT_ATTEMPTS || !/address already in use/i.test(String(error))) throw error;
    }
  }
}

async function startOn(port: number, program: string, settings: readonly string[], folder: string) {
  const log = join(folder, 'server.log');
  const server = await startServerProcess(program, ['--port', String(port), ...settings], log, folder);
  await answersPing(port, server, log);
  return server;
}

async function answersPing(port: number, server: ServerProcess, log: string): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  let trouble = '';
  while (Date.now() < deadline && server.running) {
    try {
      const answer = await ask(port, 'PING\r\n');
      // A server with a password is ready when it asks for it.
      if (/^(\+PONG|-NOAUTH)/.test(answer) && server.running) return;
      trouble = answer.trim();
    } catch (error) {
      trouble = String(error);
    }
    await sleep(10);
  }
  const tail = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-5).join('\n');
  await server.end('SIGKILL');
  throw new Error(`redis-server on port ${port} did not become ready (${trouble}). Its log ends:\n${tail}`);
}

function borrow(url: string): RedisServer {
  const refuse = async (): Promise<never> => {
    throw new Error(
      'LOVAGE_TEST_REDIS_URL names a server that is not ours to end; start one with { control: true }',
    );
  };
  return {
    url,
    port: Number(new URL(url).port || 6379),
    isPrivate: false,
    stop: async () => {},
    kill: refuse,
    restart: refuse,
    [Symbol.asyncDispose]: async () => {},
  };
}

/** The URL of one numbered database of a server. */
export function redisDatabase(server: Pick<RedisServer, 'url'>, database: number): string {
  const url = new URL(server.url);
  url.pathname = `/${database}`;
  return url.href;
}
