import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from '@lovage/app';
import { ImproperlyConfigured } from '@lovage/app';
import { readHttpAddress } from './address.ts';
import { BrokerWatch } from './broker-watch.ts';
import type { HealthFacts } from './facts.ts';
import type { WorkerMetrics } from './metrics.ts';
import { notLive, notReady } from './verdict.ts';

export interface HealthOptions {
  /** As `readHttpAddress` reads it. */
  readonly address: string;
  readonly facts: () => HealthFacts;
  /** Asks the broker for something small; rejects when it is away. Called every few seconds while the worker runs. */
  readonly askBroker: () => Promise<unknown>;
  /** What `/metrics` shows. Undefined: there is none. */
  readonly metrics: WorkerMetrics | undefined;
  readonly log: Logger;
}

export interface Health {
  /** `http://127.0.0.1:8080`, with the port that was taken. */
  readonly url: string;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

/**
 * Serves `/livez` (should it be restarted?), `/readyz` (does it take tasks?) and `/metrics`, on this event loop: one
 * that is blocked does not answer. No answer waits for anything outside of this process.
 *
 * @throws ImproperlyConfigured when the address cannot be read, or nothing can listen there
 */
export async function startHealth(options: HealthOptions): Promise<Health> {
  const { address, facts, askBroker, log } = options;
  const { host, port } = readHttpAddress(address);
  const watch = new BrokerWatch({
    ask: async () => (facts().phase === 'running' ? askBroker() : undefined),
  });
  const server = createServer((request, response) => {
    answer(request, options, watch).then(
      (given) => send(response, request, given),
      (error: unknown) => {
        log.error(`health: cannot answer ${request.url}`, { err: error });
        send(response, request, text(500, 'internal error, see the log of the worker'));
      },
    );
  });
  // Probes are small and soon over; whoever is slower is none.
  server.requestTimeout = 10_000;
  server.headersTimeout = 10_000;
  server.maxConnections = 100;
  await listen(server, address, { host, port });
  watch.start();
  const taken = (server.address() as AddressInfo).port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${taken}`,
    async close() {
      watch.stop();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  request: IncomingMessage,
  { facts, metrics }: HealthOptions,
  { trouble }: BrokerWatch,
): Promise<Answer> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return text(405, 'only GET and HEAD');
  const [path] = request.url!.split('?', 1);
  switch (path) {
    case '/livez':
      return verdict(facts(), notLive(facts(), trouble, performance.now()));
    case '/readyz':
      return verdict(facts(), notReady(facts(), trouble, performance.now()));
    case '/metrics':
      if (!metrics) return text(404, 'this worker keeps no metrics');
      return { status: 200, type: metrics.contentType, body: await metrics.text() };
    default:
      return text(404, 'there are /livez, /readyz and /metrics');
  }
}

function verdict({ hostname, phase }: HealthFacts, problems: readonly string[]): Answer {
  const ok = problems.length === 0;
  const body = { status: ok ? 'ok' : 'failing', worker: hostname, phase, problems };
  return { status: ok ? 200 : 503, type: 'application/json', body: `${JSON.stringify(body)}\n` };
}

const text = (status: number, body: string): Answer => ({ status, type: 'text/plain', body: `${body}\n` });

function send(response: ServerResponse, request: IncomingMessage, { status, type, body }: Answer): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there already',
  EADDRNOTAVAIL: 'this machine has no such address',
  EACCES: 'this user may not listen there',
  ENOTFOUND: 'there is no host of that name',
};

async function listen(
  server: Server,
  address: string,
  where: { readonly host: string; readonly port: number },
): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(where, resolve);
    });
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new ImproperlyConfigured(
      `cannot serve the worker's health at ${address}: ${REASONS[code] ?? message}`,
      { cause: error },
    );
  }
}
