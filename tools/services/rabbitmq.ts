import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Erlang } from './erlang.ts';
import { ask, freePort } from './ports.ts';
import { findOnPath, namedServer, rabbitmqProgram } from './require.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';

/** An Erlang VM takes seconds to start, and many of them on a busy machine. */
const READY_WITHIN_MS = 90_000;
/** What a client says first; a server that is ready answers with its Connection.Start. */
const GREETING = 'AMQP\0\0\x09\x01';

export interface RabbitmqOptions {
  /** Numbers among the settings of the application `rabbit`, such as { consumer_timeout: 5000 }. */
  readonly settings?: Readonly<Record<string, number>>;
  /** Also listen for TLS on `tlsPort`: paths of PEM files. */
  readonly tls?: { readonly ca: string; readonly cert: string; readonly key: string };
  /** Take no server that LOVAGE_TEST_AMQP_URL names: the test will kill or restart it. Default false. */
  readonly control?: boolean;
}

export interface QueueState {
  readonly ready: number;
  readonly unacknowledged: number;
}

export interface RabbitmqServer {
  readonly url: string;
  readonly port: number;
  /** 0 unless `tls` was asked for. */
  readonly tlsPort: number;
  /** False for the server that LOVAGE_TEST_AMQP_URL names: share it with care, it holds others' queues. */
  readonly isPrivate: boolean;
  /** The URL of a fresh vhost, in which there is nothing. Of a private server only. */
  vhost(): Promise<string>;
  /** All queues of the vhost of a URL, also what AMQP does not tell. Of a private server only. */
  queues(url: string): Promise<ReadonlyMap<string, QueueState>>;
  /** Close every client's connection, as an operator can. Of a private server only. */
  closeConnections(): Promise<void>;
  /** End it and delete its folder. Idempotent. */
  stop(): Promise<void>;
  /** SIGKILL, as a crash of the machine would; the folder stays for `restart`. */
  kill(): Promise<void>;
  /** End it if it runs (SIGKILL unless `orderly`), and start it again on the same port, with what was durable. */
  restart(how?: { readonly orderly?: boolean }): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Start a private rabbitmq-server, or take the one that LOVAGE_TEST_AMQP_URL names. Resolves once it speaks AMQP.
 * It has a node name, ports, a home and an epmd of its own, and so knows of no other on this machine.
 */
export async function startRabbitmq(options: RabbitmqOptions = {}): Promise<RabbitmqServer> {
  const named = options.control ? undefined : namedServer('rabbitmq');
  return named === undefined ? startPrivate(options) : borrow(named);
}

async function startPrivate({ settings = {}, tls }: RabbitmqOptions): Promise<RabbitmqServer> {
  const [program, epmdProgram] = [rabbitmqProgram(), findOnPath('epmd')];
  if (!program || !epmdProgram)
    throw new Error('rabbitmq-server is not installed; ask requireService("rabbitmq") first');
  const folder = mkdtempSync(join(tmpdir(), 'lovage-rabbitmq-'));
  const [port, distPort, epmdPort, tlsPort] = await Promise.all([
    freePort(),
    freePort(),
    freePort(),
    tls ? freePort() : 0,
  ]);
  const lines = [
    `listeners.tcp.1 = 127.0.0.1:${port}`,
    'log.console = false',
    'vm_memory_high_watermark.absolute = 2GB',
    'disk_free_limit.absolute = 10MB',
    ...(tls
      ? [
          `listeners.ssl.1 = 127.0.0.1:${tlsPort}`,
          `ssl_options.cacertfile = ${tls.ca}`,
          `ssl_options.certfile = ${tls.cert}`,
          `ssl_options.keyfile = ${tls.key}`,
          'ssl_options.verify = verify_none',
        ]
      : []),
  ];
  writeFileSync(join(folder, 'rabbitmq.conf'), `${lines.join('\n')}\n`);
  writeFileSync(join(folder, 'plugins'), '[].\n');
  const node = `lovage-${port}@localhost`;
  const env = {
    ...process.env,
    HOME: folder,
    ERL_EPMD_PORT: String(epmdPort),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_NODENAME: node,
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_DIST_PORT: String(distPort),
    RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
    RABBITMQ_CONF_ENV_FILE: join(folder, 'no-such-env'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'plugins'),
    RABBITMQ_PID_FILE: join(folder, 'pid'),
    // Two schedulers: these are small servers beside many others. No busy waiting, which would take their time.
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: `+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none${Object.entries(
      settings,
    )
      .map(([name, value]) => ` -rabbit ${name} ${value}`)
      .join('')}`,
  };
  const log = join(folder, 'server.log');
  const epmd = await startServerProcess(epmdProgram, ['-port', String(epmdPort)], log, folder, { env });

  async function start(): Promise<ServerProcess> {
    const server = await startServerProcess(program!, [], log, folder, { env, group: true });
    await speaksAmqp(port, server, log);
    return server;
  }
  let server = await start();
  let stopped: Promise<void> | undefined;
  let erlang: Erlang | undefined;
  const call = (expression: string): Promise<string> => {
    erlang ??= new Erlang(node, env);
    return erlang.ask(expression);
  };

  async function end(): Promise<void> {
    await erlang?.close();
    // Nothing of it is kept: an orderly end would only take longer.
    await server.end('SIGKILL');
    await epmd.end('SIGKILL');
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
  function stop(): Promise<void> {
    stopped ??= end();
    return stopped;
  }
  return {
    url: `amqp://guest:guest@127.0.0.1:${port}//`,
    port,
    tlsPort,
    isPrivate: true,
    ...inside(call, port),
    stop,
    kill: () => server.end('SIGKILL'),
    async restart({ orderly = false } = {}) {
      if (stopped) throw new Error('this rabbitmq-server was stopped and its folder deleted');
      await server.end(orderly ? 'SIGTERM' : 'SIGKILL');
      server = await start();
    },
    [Symbol.asyncDispose]: stop,
  };
}

/** What is asked of the server itself. */
function inside(call: (expression: string) => Promise<string>, port: number) {
  let vhosts = 0;
  const vhostOf = (url: string): string => decodeURIComponent(new URL(url).pathname.slice(1)) || '/';
  return {
    async vhost() {
      vhosts += 1;
      const name = `v${vhosts}`;
      await call(`ok = rpc:call(Node, rabbit_vhost, add, [<<"${name}">>, <<"lovage">>]).`);
      await call(
        `ok = rpc:call(Node, rabbit_auth_backend_internal, set_permissions, [<<"guest">>, <<"${name}">>, <<".*">>, <<".*">>, <<".*">>, <<"lovage">>]).`,
      );
      return `amqp://guest:guest@127.0.0.1:${port}/${name}`;
    },
    async queues(url: string) {
      const answer = await call(
        `[{element(4, Name), Ready, Unacknowledged} || [{name, Name}, {messages_ready, Ready}, {messages_unacknowledged, Unacknowledged}] <- rpc:call(Node, rabbit_amqqueue, info_all, [<<"${vhostOf(url)}">>, [name, messages_ready, messages_unacknowledged]])].`,
      );
      const found = answer.matchAll(/\{<<"([^"]*)">>,(\d+),(\d+)\}/g);
      return new Map(
        Array.from(found, ([, name, ready, unacknowledged]) => [
          name!,
          { ready: Number(ready), unacknowledged: Number(unacknowledged) },
        ]),
      );
    },
    async closeConnections() {
      await call(
        `[rpc:call(Node, rabbit_networking, close_connection, [Pid, "closed by an operator"]) || Pid <- rpc:call(Node, rabbit_networking, connections, [])].`,
      );
    },
  };
}

async function speaksAmqp(port: number, server: ServerProcess, log: string): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  let trouble = '';
  while (Date.now() < deadline && server.running) {
    try {
      // A method frame on channel 0.
      if ((await ask(port, GREETING)).startsWith('\x01\0\0')) return;
      trouble = 'it does not speak AMQP';
    } catch (error) {
      trouble = String(error);
    }
    await sleep(50);
  }
  const tail = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-20).join('\n');
  await server.end('SIGKILL');
  throw new Error(
    `rabbitmq-server on port ${port} did not become ready (${trouble}). Its log ends:\n${tail}`,
  );
}

function borrow(url: string): RabbitmqServer {
  const refuse = async (): Promise<never> => {
    throw new Error(
      'LOVAGE_TEST_AMQP_URL names a server that is not ours to end; start one with { control: true }',
    );
  };
  return {
    url,
    port: Number(new URL(url).port || 5672),
    tlsPort: 0,
    isPrivate: false,
    vhost: refuse,
    queues: refuse,
    closeConnections: refuse,
    stop: async () => {},
    kill: refuse,
    restart: refuse,
    [Symbol.asyncDispose]: async () => {},
  };
}
