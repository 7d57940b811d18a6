import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A CRM that is busy for the first `failures` requests for each doctor, and refuses a licence that is `withdrawn`. */
export async function startFlakyCrm(failures: number, withdrawn: string) {
  const tries = new Map<string, number>();
  const server = await listen(async (request, response) => {
    const path = request.url ?? '/';
    const revision = (tries.get(path) ?? 0) + 1;
    tries.set(path, revision);
    const { licence } = await bodyOf(request);
    if (licence === withdrawn) response.writeHead(422).end(`licence ${licence} was withdrawn`);
    else if (revision <= failures) response.writeHead(503).end('busy');
    else response.writeHead(200, { 'x-revision': String(revision) }).end();
  });
  return { ...server, requests: () => [...tries.values()].reduce((sum, count) => sum + count, 0) };
}

const bodyOf = async (request: IncomingMessage): Promise<{ licence?: unknown }> =>
  JSON.parse(await text(request));

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
