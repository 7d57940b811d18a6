/** Somebody else's server, for `npm start`: asks doorito for webhooks, and says what it is told. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { Webhook } from 'standardwebhooks';

const DOORITO = process.env['DOORITO_URL'] ?? 'http://127.0.0.1:5000';

let secret: string | undefined;
const http = serve({ fetch: new Hono().post('/', receive).fetch, hostname: '127.0.0.1', port: 0 });
await once(http, 'listening');
console.log(`waiting for ${DOORITO}`);
const { id } = await subscribe(`http://127.0.0.1:${(http.address() as AddressInfo).port}/`);
console.log(`listening for webhooks of ${DOORITO}`);

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, async () => {
    http.close();
    // doorito may have been told to end, too.
    await fetch(`${DOORITO}/endpoints/${id}`, { method: 'DELETE' }).catch(() => {});
  });
}

async function receive(c: { readonly req: { text(): Promise<string>; header(): Record<string, string> } }) {
  const body = await c.req.text();
  try {
    const { type, data } = new Webhook(secret!).verify(body, c.req.header()) as {
      readonly type: string;
      readonly data: { readonly name: string };
    };
    console.log(`${type}: ${data.name}`);
    return new Response(null, { status: 204 });
  } catch (error) {
    console.log(`refused: ${error instanceof Error ? error.message : error}`);
    return new Response(null, { status: 400 });
  }
}

/** Once doorito answers. */
async function subscribe(url: string): Promise<{ readonly id: string }> {
  for (;;) {
    try {
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${DOORITO}/endpoints`, {
        method: 'POST',
        body: JSON.stringify({ url }),
        headers,
      });
      if (!answer.ok) throw new Error(`doorito refused: ${await answer.text()}`);
      const made = (await answer.json()) as { readonly id: string; readonly secret: string };
      secret = made.secret;
      return made;
    } catch (error) {
      if ((error as { cause?: { code?: string } }).cause?.code !== 'ECONNREFUSED') throw error;
      await sleep(200);
    }
  }
}
