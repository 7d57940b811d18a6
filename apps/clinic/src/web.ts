/** `node --conditions=lovage-source src/web.ts`: the clinic's pages and calls. HOST and PORT say where, by default 127.0.0.1 and 3000. */
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { app } from './app.ts';
import { connection } from './database/database.ts';
import { seed } from './database/seed.ts';
import { routes } from './http/routes.ts';

const hostname = process.env['HOST'] || '127.0.0.1';
const port = Number(process.env['PORT'] || 3000);

await seed();
const server = serve({ fetch: routes.fetch, hostname, port }, ({ address, port }: AddressInfo) =>
  console.log(`The clinic is at http://${address.includes(':') ? `[${address}]` : address}:${port}`),
);

let stopping = false;
async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  await new Promise((resolve) => server.close(resolve));
  await Promise.all([app.close(), connection.destroy()]);
}
process.on('SIGTERM', stop);
process.on('SIGINT', stop);
