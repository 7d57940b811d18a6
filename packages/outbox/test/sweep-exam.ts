/** Many sweeps at once, sweeps that died, and what is deleted. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Kysely } from 'kysely';
import { startReceiver } from '../../../tools/services.ts';
import { claim } from '../src/claim.ts';
import { fanOut } from '../src/fan-out.ts';
import { settle } from '../src/settle.ts';
import { OutboxStore } from '../src/store.ts';
import { makeWorld, type Stage, type Tables } from './world.ts';

const SWEEPER = fileURLToPath(new URL('./sweeper.ts', import.meta.url));
const HOUR = 3_600_000;
/** For a test that would otherwise wait for ever. */
const MACHINE_MS = 20_000;

/** Of rows that have locks; a file has one writer. */
export function examineRowLocks(stage: Stage): void {
  const { name, skip } = stage;

  test(`${name}: what another is about to lease is left to it, without waiting`, {
    skip,
    timeout: MACHINE_MS,
  }, async (t) => {
    const { db, outbox, another, emit, clock } = await makeWorld(t, stage);
    await outbox.endpoints.add({ url: 'http://127.0.0.1:9/' });
    for (let n = 0; n < 3; n++) await emit('a.b', n);
    await fanOut(aside(db, clock));
    const rest = await db.transaction().execute(async (trx) => {
      assert.equal((await claim(aside(trx, clock), 2, 30_000)).length, 2);
      return await claim(aside(another().db, clock), 20, 30_000);
    });
    assert.equal(rest.length, 1);
  });
}

export function examineSweeps(stage: Stage): void {
  const { name, skip } = stage;

  test(`${name}: processes that sweep at once deliver every event once to each endpoint`, {
    skip,
  }, async (t) => {
    const { url, outbox } = await makeWorld(t, stage);
    await using receiver = await startReceiver();
    for (const path of ['/one', '/two']) await outbox.endpoints.add({ url: receiver.url(path) });
    const children = Array.from({ length: 3 }, () =>
      fork(SWEEPER, [url], { execArgv: ['--conditions=lovage-source'] }),
    );
    t.after(() => children.map((child) => child.kill('SIGKILL')));
    // All of them are there before there is work.
    await Promise.all(children.map((child) => once(child, 'message')));
    const ids = await outbox.transaction((trx) =>
      Promise.all(Array.from({ length: 100 }, (_, n) => outbox.emit(trx, 'a.b', n))),
    );
    for (const child of children) child.send('sweep');
    const counts = await Promise.all(
      children.map(async (child) => (await once(child, 'message'))[0] as number),
    );
    assert.equal(
      counts.reduce((sum, each) => sum + each),
      200,
      `${counts}`,
    );
    for (const path of ['/one', '/two']) {
      const got = receiver.at(path).map(({ headers }) => headers['webhook-id']);
      assert.deepEqual(got.sort(), [...ids].sort());
    }
    const events = await outbox.events({ limit: 1_000 });
    assert.deepEqual(new Set(events.map(({ status }) => status)), new Set(['DELIVERED']));
  });

  test(`${name}: at most a batch is taken, and what is left is told`, { skip }, async (t) => {
    const { outbox, emit } = await makeWorld(t, stage, { batchSize: 2 });
    await using receiver = await startReceiver();
    await outbox.endpoints.add({ url: receiver.url('/') });
    for (let n = 0; n < 3; n++) await emit('a.b', n);
    assert.deepEqual(await outbox.deliver(), { processed: 2, delivered: 2, failed: 0, remaining: 1 });
    assert.deepEqual(await outbox.deliver(), { processed: 1, delivered: 1, failed: 0, remaining: 0 });
  });

  test(`${name}: a sweep that died keeps its deliveries for its lease, and no longer`, {
    skip,
  }, async (t) => {
    const { db, outbox, emit, clock } = await makeWorld(t, stage);
    await using receiver = await startReceiver();
    await outbox.endpoints.add({ url: receiver.url('/') });
    await emit('a.b', 1);
    const store = aside(db, clock);
    await outbox.deliver();
    await emit('a.b', 2);
    await fanOut(store);
    const dead = await claim(store, 20, 30_000);
    assert.equal(dead.length, 1);
    clock.ms += 29_999;
    assert.equal((await outbox.deliver()).processed, 0);
    clock.ms += 1;
    assert.equal((await outbox.deliver()).delivered, 1);
    // It was only asleep: its answer comes late, and changes nothing.
    await settle(store, dead[0]!, { kind: 'failed', status: 500, error: 'late', waitMs: undefined });
    const [delivery] = await outbox.deliveries(dead[0]!.eventId);
    assert.deepEqual(
      [delivery?.status, delivery?.attempts, delivery?.lastError],
      ['DELIVERED', 2, undefined],
    );
  });

  test(`${name}: a failure told after the lease is nobody's, a delivery is still true`, {
    skip,
  }, async (t) => {
    const { db, outbox, emit, clock } = await makeWorld(t, stage);
    await outbox.endpoints.add({ url: 'http://127.0.0.1:9/' });
    const id = await emit('a.b', 1);
    const store = aside(db, clock);
    await fanOut(store);
    const [late] = await claim(store, 20, 30_000);
    clock.ms += 30_000;
    const [next] = await claim(store, 20, 30_000);
    await settle(store, late!, { kind: 'failed', status: 500, error: 'late', waitMs: undefined });
    assert.equal((await outbox.deliveries(id))[0]?.status, 'PENDING');
    await settle(store, late!, { kind: 'delivered', status: 200 });
    await settle(store, next!, { kind: 'failed', status: 500, error: 'x', waitMs: undefined });
    assert.equal((await outbox.deliveries(id))[0]?.status, 'DELIVERED');
    assert.equal((await outbox.events())[0]?.status, 'DELIVERED');
  });

  test(`${name}: two deliveries of one event that end together end it`, { skip }, async (t) => {
    const { db, outbox, another, clock } = await makeWorld(t, stage);
    for (const path of ['a', 'b']) await outbox.endpoints.add({ url: `http://127.0.0.1:9/${path}` });
    await outbox.transaction((trx) =>
      Promise.all(Array.from({ length: 10 }, (_, n) => outbox.emit(trx, 'a.b', n))),
    );
    const store = aside(db, clock);
    await fanOut(store);
    const claimed = await claim(store, 20, 30_000);
    assert.equal(claimed.length, 20);
    const stores = [store, aside(another().db, clock)];
    await Promise.all(
      claimed.map((each, n) => settle(stores[n % 2]!, each, { kind: 'delivered', status: 200 })),
    );
    assert.deepEqual(new Set((await outbox.events()).map(({ status }) => status)), new Set(['DELIVERED']));
  });

  test(`${name}: cleanup deletes in batches what was delivered, later what failed, never what is open`, {
    skip,
  }, async (t) => {
    const { db, outbox, emit, clock } = await makeWorld(t, stage, { cleanupBatchSize: 2, retrySchedule: [] });
    await using receiver = await startReceiver({ '/bad': (response) => response.writeHead(500).end() });
    await outbox.endpoints.add({ url: receiver.url('/good'), eventTypes: ['good.*'] });
    await outbox.endpoints.add({ url: receiver.url('/bad'), eventTypes: ['bad.*'] });
    for (let n = 0; n < 3; n++) await emit('good.x', n);
    await emit('bad.x', 1);
    await outbox.deliver();
    await emit('good.open', 1);
    clock.ms += 168 * HOUR;
    assert.deepEqual(await outbox.cleanup(), { deleted: 0, remaining: 0 });
    clock.ms += 1;
    assert.deepEqual(await outbox.cleanup(), { deleted: 2, remaining: 1 });
    assert.deepEqual(await outbox.cleanup(), { deleted: 1, remaining: 0 });
    assert.deepEqual((await outbox.events()).map(({ type }) => type).sort(), ['bad.x', 'good.open']);
    clock.ms += 600 * HOUR;
    assert.deepEqual(await outbox.cleanup(), { deleted: 1, remaining: 0 });
    const left = await db.selectFrom('outbox_deliveries').selectAll().execute();
    assert.deepEqual(left, [], 'deliveries go with their event');
  });
}

/** The same tables as another process has them, which leases and does not come back. */
const aside = (db: Kysely<Tables>, clock: { readonly ms: number }) =>
  new OutboxStore(db as never, () => clock.ms);
