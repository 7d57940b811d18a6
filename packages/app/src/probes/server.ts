import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ImproperlyConfigured } from '../errors.ts';
import type { Logger } from '../logger/logger.ts';
import { readHttpAddress } from './address.ts';
import type { ProbeAnswer } from './answer.ts';
import { probeText } from './answer.ts';

export interface ProbesOptions {
  /** As `readHttpAddress` reads it. */
  readonly address: string;
  /** Whose health is served: `worker`, `beat`. For messages. */
  readonly whose: string;
  /** By path. They must not wait for anything outside of this process: a probe has little patience. */
  readonly paths: Readonly<Record<string, () => ProbeAnswer | Promise<ProbeAnswer>>>;
  readonly log: Logger;
}

export interface Probes {
  /** `http://127.0.0.1:8080`, with the port that was taken. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Answers probes on this event loop: one that is blocked does not answer.
 * @throws ImproperlyConfigured when the address cannot be read, or nothing can listen there
 */
export async function startProbes(options: ProbesOptions): Promise<Probes> {
  const { address, log, whose } = options;
  const { host, port } = readHttpAddress(address);
  const server = createServer((request, response) => {
    answer(request, options).then(
      (given) => send(response, request, given),
      (error: unknown) => {
        log.error(`health: cannot answer ${request.url}`, { err: error });
        send(response, request, probeText(500, `internal error, see the log of the ${whose}`));
      },
    );
  });
  // Probes are small and soon over; whoever is slower is none.
  server.requestTimeout = 10_000;
  server.headersTimeout = 10_000;
  server.maxConnections = 100;
  await listen(server, options, { host, port });
  const taken = (server.address() as AddressInfo).port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${taken}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(request: IncomingMessage, { paths }: ProbesOptions): Promise<ProbeAnswer> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return probeText(405, 'only GET and HEAD');
  const [path = ''] = request.url!.split('?', 1);
  if (Object.hasOwn(paths, path)) return paths[path]!();
  const known = Object.keys(paths);
  return probeText(404, `there are ${known.slice(0, -1).join(', ')} and ${known.at(-1)}`);
}

function send(response: ServerResponse, request: IncomingMessage, { status, type, body }: ProbeAnswer): void {
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
  { address, whose }: ProbesOptions,
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
      `cannot serve the ${whose}'s health at ${address}: ${REASONS[code] ?? message}`,
      { cause: error },
    );
  }
}
