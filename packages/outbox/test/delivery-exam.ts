/** What receivers get, and what becomes of their answers. The clock stands still and is moved; the receivers are real. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { startReceiver } from '../../../tools/services.ts';
import type { DeliveryView } from '../src/index.ts';
import { makeWorld, type Stage } from './world.ts';

const MINUTE = 60_000;
const NOTHING = { processed: 0, delivered: 0, failed: 0, remaining: 0 };

export function examineDelivery(stage: Stage): void {
  const { name, skip } = stage;

  test(`${name}: each endpoint gets the events it wants, signed by Standard Webhooks`, {
    skip,
  }, async (t) => {
    const { outbox, emit, clock } = await makeWorld(t, stage);
    await using receiver = await startReceiver();
    const all = await outbox.endpoints.add({ url: receiver.url('/all') });
    await outbox.endpoints.add({ url: receiver.url('/files'), eventTypes: ['file.*'] });
    const uploaded = await emit('file.uploaded', { name: 'ä.pdf' });
    const unheard = await emit('user.made', { id: 1 });
    assert.deepEqual(await outbox.deliver(), { processed: 3, delivered: 3, failed: 0, remaining: 0 });
    assert.deepEqual(await outbox.deliver(), NOTHING);
    assert.equal(receiver.at('/files').length, 1);
    const got = receiver.at('/all').find(({ headers }) => headers['webhook-id'] === uploaded)!;
    const body = new Webhook(all.secret).verify(got.body, got.headers as Record<string, string>);
    assert.deepEqual(body, {
      type: 'file.uploaded',
      timestamp: new Date(clock.ms).toISOString(),
      data: { name: 'ä.pdf' },
    });
    assert.deepEqual(
      (await outbox.events()).map(({ id, status }) => [id, status]).sort(),
      [
        [uploaded, 'DELIVERED'],
        [unheard, 'DELIVERED'],
      ].sort(),
    );
  });

  test(`${name}: what nobody wants is delivered; who comes later gets what comes later`, {
    skip,
  }, async (t) => {
    const { outbox, emit } = await makeWorld(t, stage);
    await using receiver = await startReceiver();
    await emit('a.b', 1);
    assert.deepEqual(await outbox.deliver(), NOTHING);
    assert.equal((await outbox.events())[0]?.status, 'DELIVERED');
    await outbox.endpoints.add({ url: receiver.url('/') });
    await emit('a.b', 2);
    await outbox.deliver();
    assert.deepEqual(
      receiver.received.map(({ body }) => JSON.parse(body).data),
      [2],
    );
  });

  test(`${name}: 500 then 200: again by the schedule, with the same id and body`, { skip }, async (t) => {
    const { outbox, emit, clock } = await makeWorld(t, stage, { retrySchedule: [5, 300] });
    await using receiver = await startReceiver({
      '/': (response, n) => response.writeHead(n < 3 ? 500 : 200).end(`try ${n}\u0000`),
    });
    await outbox.endpoints.add({ url: receiver.url('/') });
    const id = await emit('a.b', 1);
    const failed = { processed: 1, delivered: 0, failed: 1, remaining: 0 };
    assert.deepEqual(await outbox.deliver(), failed);
    const [open] = await outbox.deliveries(id);
    assert.deepEqual([open?.attempts, open?.lastStatus, open?.lastError], [1, 500, 'it answered 500: try 1']);
    clock.ms += 4_999;
    assert.deepEqual(await outbox.deliver(), NOTHING, 'not before it is due');
    clock.ms += 501 + 1;
    assert.deepEqual(await outbox.deliver(), failed);
    clock.ms += 331_000;
    assert.deepEqual(await outbox.deliver(), { processed: 1, delivered: 1, failed: 0, remaining: 0 });
    assert.equal((await outbox.events())[0]?.status, 'DELIVERED');
    assert.deepEqual(
      receiver.received.map(({ headers }) => headers['webhook-id']),
      [id, id, id],
    );
    assert.equal(new Set(receiver.received.map(({ body }) => body)).size, 1);
  });

  test(`${name}: after the last try it is FAILED; redeliver begins again`, { skip }, async (t) => {
    const { outbox, emit, clock } = await makeWorld(t, stage, { retrySchedule: [1] });
    let status = 307;
    await using receiver = await startReceiver({
      '/bad': (response) => response.writeHead(status, { location: receiver.url('/elsewhere') }).end(),
    });
    await outbox.endpoints.add({ url: receiver.url('/bad') });
    await outbox.endpoints.add({ url: receiver.url('/good') });
    const id = await emit('a.b', 1);
    await outbox.deliver();
    assert.equal((await outbox.events())[0]?.status, 'PENDING', 'one of two is not the end');
    clock.ms += 2_000;
    await outbox.deliver();
    assert.equal((await outbox.events({ status: 'FAILED' }))[0]?.id, id);
    assert.deepEqual(receiver.at('/elsewhere'), [], 'redirects are failures');
    clock.ms += 100 * MINUTE;
    assert.deepEqual(await outbox.deliver(), NOTHING);
    status = 200;
    assert.equal(await outbox.redeliver(id), 1);
    assert.equal(await outbox.redeliver(id), 0);
    assert.deepEqual(await outbox.deliver(), { processed: 1, delivered: 1, failed: 0, remaining: 0 });
    assert.equal((await outbox.events())[0]?.status, 'DELIVERED');
    assert.equal(receiver.at('/good').length, 1, 'who has it is not sent it again');
  });

  test(`${name}: 410 disables: what is open fails, nothing more is sent`, { skip }, async (t) => {
    const { outbox, emit, clock } = await makeWorld(t, stage);
    await using receiver = await startReceiver({
      '/gone': (response, n) => response.writeHead(n === 1 ? 503 : 410).end(),
    });
    const { id } = await outbox.endpoints.add({ url: receiver.url('/gone') });
    await emit('a.b', 1);
    await outbox.deliver();
    await emit('a.b', 2);
    await outbox.deliver();
    const [endpoint] = await outbox.endpoints.list();
    assert.equal(endpoint?.disabled?.reason, 'it answered 410 Gone');
    assert.deepEqual(
      await outbox.deliver(),
      { processed: 1, delivered: 0, failed: 1, remaining: 0 },
      'the first ends now',
    );
    await emit('a.b', 3);
    clock.ms += 60 * MINUTE;
    await outbox.deliver();
    assert.equal(receiver.received.length, 2);
    const events = await outbox.events();
    assert.deepEqual(events.map(({ data, status }) => [data, status]).sort(), [
      [1, 'FAILED'],
      [2, 'FAILED'],
      [3, 'DELIVERED'],
    ]);
    const first = events.find(({ data }) => data === 1)!;
    assert.equal(
      (await outbox.deliveries(first.id))[0]?.lastError,
      'its endpoint is disabled: it answered 410 Gone',
    );
    assert.ok(await outbox.endpoints.enable(id));
    await emit('a.b', 4);
    await outbox.deliver();
    assert.equal(receiver.received.length, 3);
  });

  test(`${name}: Retry-After holds all that is for the endpoint, and nothing else`, { skip }, async (t) => {
    const { outbox, emit, clock } = await makeWorld(t, stage, { retrySchedule: [1, 1] });
    await using receiver = await startReceiver({
      '/busy': (response, n) => response.writeHead(n === 1 ? 429 : 200, { 'retry-after': '600' }).end(),
    });
    await outbox.endpoints.add({ url: receiver.url('/busy') });
    await outbox.endpoints.add({ url: receiver.url('/free') });
    await emit('a.b', 1);
    await outbox.deliver();
    await emit('a.b', 2);
    clock.ms += 9 * MINUTE;
    await outbox.deliver();
    assert.deepEqual([receiver.at('/busy').length, receiver.at('/free').length], [1, 2]);
    clock.ms += 1 * MINUTE + 1;
    assert.deepEqual(await outbox.deliver(), { processed: 2, delivered: 2, failed: 0, remaining: 0 });
    assert.deepEqual([receiver.at('/busy').length, receiver.at('/free').length], [3, 2]);
  });

  test(`${name}: who is slow fails that try, and delays no other`, { skip }, async (t) => {
    const retrySchedule = Array.from({ length: 50 }, () => 0);
    const { outbox, emit } = await makeWorld(t, stage, { timeoutSeconds: 0.2, retrySchedule });
    await using receiver = await startReceiver({ '/slow': () => {} });
    const slow = await outbox.endpoints.add({ url: receiver.url('/slow') });
    await outbox.endpoints.add({ url: receiver.url('/') });
    const id = await emit('a.b', 1);
    // A busy machine may be slow itself; this receiver always is.
    let open: readonly DeliveryView[];
    do {
      await outbox.deliver();
      open = (await outbox.deliveries(id)).filter(({ status }) => status !== 'DELIVERED');
    } while (open.length > 1);
    assert.deepEqual(
      open.map(({ endpointId, status, lastStatus, lastError }) => [
        endpointId,
        status,
        lastStatus,
        lastError,
      ]),
      [[slow.id, 'PENDING', undefined, 'no answer within 0.2 s']],
    );
  });

  test(`${name}: a private address is refused when it is added, and when its name is resolved`, {
    skip,
  }, async (t) => {
    const { outbox, another, emit } = await makeWorld(t, stage);
    await using receiver = await startReceiver();
    const { outbox: strict } = another({ allowAddresses: [] });
    await assert.rejects(strict.endpoints.add({ url: receiver.url('/') }), { name: 'RefusedAddress' });
    await assert.rejects(
      another({ allowHttp: false }).outbox.endpoints.add({ url: receiver.url('/') }),
      /allowHttp/,
    );
    await assert.rejects(
      strict.endpoints.add({ url: 'https://user:pw@example.com/' }),
      /no user and no password/,
    );
    await assert.rejects(
      strict.endpoints.add({ url: 'ftp://example.com/' }),
      /must begin with https:, not ftp:/,
    );
    await strict.endpoints.add({ url: `http://localhost:${receiver.port}/` });
    const id = await emit('a.b', 1);
    await strict.deliver();
    assert.match(
      (await outbox.deliveries(id))[0]?.lastError ?? '',
      /is refused: no public address, but loopback/,
    );
    assert.deepEqual(receiver.received, []);
  });

  test(`${name}: a secret is replaced: both sign for a while, then the new one alone`, {
    skip,
  }, async (t) => {
    const { outbox, emit, clock } = await makeWorld(t, stage);
    await using receiver = await startReceiver();
    const { id, secret } = await outbox.endpoints.add({ url: receiver.url('/') });
    const next = await outbox.endpoints.rotateSecret(id, 10 * MINUTE);
    assert.doesNotMatch(JSON.stringify(await outbox.endpoints.list()), /whsec_/);
    const signs = (key: string, index: number): boolean => {
      const { body, headers } = receiver.received[index]!;
      try {
        new Webhook(key).verify(body, headers as Record<string, string>);
        return true;
      } catch {
        return false;
      }
    };
    await emit('a.b', 1);
    await outbox.deliver();
    clock.ms += 11 * MINUTE;
    await emit('a.b', 2);
    await outbox.deliver();
    assert.deepEqual([signs(secret, 0), signs(next, 0)], [true, true]);
    assert.deepEqual([signs(secret, 1), signs(next, 1)], [false, true]);
  });
}
