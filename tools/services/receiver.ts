import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What to do with the request that came as the `n`th to its path, from 1. */
export type Answer = (response: ServerResponse, n: number, request: Received) => void;

export type Receiver = Awaited<ReturnType<typeof startReceiver>>;

/** A receiver of webhooks on a free port of this machine, each path answering as it is told; 204 where nothing is. */
export async function startReceiver(answers: Readonly<Record<string, Answer>> = {}) {
  const received: Received[] = [];
  const counts = new Map<string, number>();
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      const path = request.url!;
      const n = (counts.get(path) ?? 0) + 1;
      counts.set(path, n);
      const each = { path, headers: request.headers, body };
      received.push(each);
      const answer = answers[path] ?? ((answered) => answered.writeHead(204).end());
      answer(response, n, each);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    received,
    url: (path: string) => `http://127.0.0.1:${port}${path}`,
    /** What came to one path. */
    at: (path: string) => received.filter((each) => each.path === path),
    async [Symbol.asyncDispose](): Promise<void> {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
