/** One POST, against real servers: what counts as an answer, what is never reached. */
import assert from 'node:assert/strict';
import type { LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import {
  certificateAuthority,
  type Receiver,
  requireService,
  startReceiver,
} from '../../../tools/services.ts';
import { AddressGuard, RefusedAddress } from '../src/http/addresses.ts';
import { type Post, post } from '../src/http/post.ts';

let receiver: Receiver;
before(async () => {
  receiver = await startReceiver({
    '/moved': (response) => response.writeHead(307, { location: '/here' }).end(),
    '/big': (response) => {
      response.writeHead(500);
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
        response.once('drain', more);
      };
      more();
    },
    '/silent': () => {},
    '/trickle': (response) => response.writeHead(200).write('a'),
    '/torn': (response) => response.destroy(),
  });
});
after(() => receiver[Symbol.asyncDispose]());

const LOCAL = new AddressGuard(['127.0.0.1']);
const send = (path: string, more: Partial<Post> = {}) =>
  post({
    url: receiver.url(path),
    headers: { 'x-test': 'yes' },
    body: '{"ä":1}',
    timeoutMs: 20_000,
    maxResponseBytes: 1_000,
    guard: LOCAL,
    ...more,
  });

test('the body arrives as it is, the answer is its status', async () => {
  assert.equal((await send('/plain')).status, 204);
  const { headers, body } = receiver.at('/plain')[0]!;
  assert.equal(body, '{"ä":1}');
  assert.equal(headers['x-test'], 'yes');
  assert.equal(headers['content-length'], '8');
});

test('a redirect is an answer; nobody goes there', async () => {
  assert.equal((await send('/moved')).status, 307);
  assert.deepEqual(receiver.at('/here'), []);
});

test('of an answer without end, the beginning is read', async () => {
  const { status, text } = await send('/big');
  assert.deepEqual([status, text.length], [500, 1_000]);
});

test('who does not answer in time has not; who began to, has', async () => {
  await assert.rejects(send('/silent', { timeoutMs: 100 }), /^Error: no answer within 0\.1 s$/);
  assert.deepEqual(await send('/trickle', { timeoutMs: 1_000 }), {
    status: 200,
    retryAfter: undefined,
    text: 'a',
  });
});

test('a connection that ends without an answer is told', async () => {
  await assert.rejects(send('/torn'), /socket hang up|ECONNRESET/);
  const closed = createServer().listen(0, '127.0.0.1');
  await once(closed, 'listening');
  const { port } = closed.address() as { port: number };
  await new Promise((done) => closed.close(done));
  await assert.rejects(send('/', { url: `http://127.0.0.1:${port}/` }), /ECONNREFUSED/);
});

test('a name that resolves to a private address is refused, and nothing is sent', async () => {
  const guard = new AddressGuard();
  await assert.rejects(
    send('/', { url: `http://localhost:${receiver.port}/private`, guard }),
    RefusedAddress,
  );
  await assert.rejects(send('/private', { guard }), RefusedAddress);
  await assert.rejects(
    send('/', { url: `http://[::ffff:127.0.0.1]:${receiver.port}/private`, guard }),
    RefusedAddress,
  );
  assert.deepEqual(receiver.at('/private'), []);
});

test('a name that resolves otherwise a moment later gains nothing: the checked address is the one that is connected to', async () => {
  const asked: string[] = [];
  // A public address where nobody answers on this port, whether this machine is on the net or not.
  const answers: LookupAddress[][] = [
    [{ address: '93.184.216.34', family: 4 }],
    [{ address: '127.0.0.1', family: 4 }],
    [
      { address: '93.184.216.34', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ],
  ];
  const guard = new AddressGuard([], (hostname, _options, callback) => {
    asked.push(hostname);
    callback(null, answers[asked.length - 1]!);
  });
  const url = `http://rebinding.example:${receiver.port}/rebound`;
  await assert.rejects(
    send('/', { url, guard, timeoutMs: 200 }),
    (error) => !(error instanceof RefusedAddress),
  );
  assert.equal(asked.length, 1, 'asked once for one connection');
  await assert.rejects(send('/', { url, guard }), RefusedAddress);
  await assert.rejects(send('/', { url, guard }), RefusedAddress, 'one private address among several');
  assert.deepEqual(receiver.at('/rebound'), []);
});

test('TLS: the certificate must be vouched for, and be of the name, whatever address was checked', {
  skip: requireService('openssl'),
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'lovage-outbox-tls-'));
  const authority = certificateAuthority(folder, 'outbox');
  const { cert, key } = authority.issue('hooks', 'DNS:hooks.example');
  const heard: string[] = [];
  const secure = { cert: readFileSync(cert), key: readFileSync(key) };
  const server = createTlsServer(secure, (request, response) => {
    heard.push(request.url!);
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const trusted = getCACertificates('default');
  t.after(() => {
    setDefaultCACertificates(trusted);
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const guard = new AddressGuard(['127.0.0.1'], (_name, _options, callback) =>
    callback(null, [{ address: '127.0.0.1', family: 4 }]),
  );
  const { port } = server.address() as AddressInfo;
  const to = (name: string) => send('/', { url: `https://${name}:${port}/${name}`, guard });
  await assert.rejects(to('hooks.example'), /unable to verify|self-signed/);
  setDefaultCACertificates([...trusted, readFileSync(authority.ca, 'utf8')]);
  assert.equal((await to('hooks.example')).status, 200);
  await assert.rejects(to('other.example'), /does not match certificate/);
  assert.deepEqual(heard, ['/hooks.example']);
});
