import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { routes } from './routes.ts';

/** The web server, once it listens. */
export async function startWeb(port: number, hostname = '127.0.0.1') {
  const server = serve({ fetch: routes().fetch, port, hostname });
  await once(server, 'listening');
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${hostname}:${bound}`,
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
