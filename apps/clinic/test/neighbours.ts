import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A CRM that asks each doctor's first sync to wait a second, is busy the next time, and refuses licences that are `withdrawn`. */
export async function startCrm() {
  const withdrawn = new Set<string>();
  const tries = new Map<string, { atMs: number; answered: number }[]>();
  const server = await listen(async (request, response) => {
    const { licence } = (await bodyOf(request)) as { licence: string };
    const before = tries.get(licence) ?? [];
    tries.set(licence, before);
    const answer = (status: number, headers: Record<string, string> = {}, body = '') => {
      before.push({ atMs: performance.now(), answered: status });
      response.writeHead(status, headers).end(body);
    };
    if (withdrawn.has(licence)) answer(422, {}, `licence ${licence} was withdrawn`);
    else if (before.length === 0) answer(429, { 'retry-after': '1' });
    else if (before.length === 1) answer(503);
    else answer(200, { 'x-revision': String(before.length + 1) });
  });
  return { ...server, withdrawn, tries };
}

/** A bank that charges each key once, declines a payment of 13 cents, and is away for one of 666 until it is `mended`. */
export async function startBank() {
  const charged: string[] = [];
  const state = { mended: false };
  const server = await listen(async (request, response) => {
    const { cents } = (await bodyOf(request)) as { cents: number };
    const key = String(request.headers['idempotency-key']);
    if (cents === 666 && !state.mended) response.writeHead(503).end();
    else if (cents === 13) response.writeHead(402).end();
    else {
      charged.push(key);
      response.end(JSON.stringify({ receipt: `receipt for ${key}` }));
    }
  });
  return { ...server, charged, state };
}

const bodyOf = async (request: IncomingMessage): Promise<unknown> => JSON.parse(await text(request));

async function listen(answer: RequestListener) {
  const server = createServer(answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const stop = async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  return { url: `http://127.0.0.1:${port}`, stop };
}
