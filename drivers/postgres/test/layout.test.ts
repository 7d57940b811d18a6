import assert from 'node:assert/strict';
import { after, afterEach, beforeEach, describe, test } from 'node:test';
import type { Delivery } from '@lovage/contracts';
import { requireService } from '../../../tools/services.ts';
import { message, record } from './messages.ts';
import { stopSharedServer, World } from './world.ts';

const within = (ms: number) => AbortSignal.timeout(ms);
const consumerOf = (queue: string) => ({
  consumer: crypto.randomUUID(),
  queues: [queue],
  prefetch: 500,
  leaseMs: 60_000,
});
const done = (delivery: Delivery) => ({ kind: 'done', delivery }) as const;

describe('postgres: tables', { skip: requireService('postgres') }, () => {
  let world: World;
  beforeEach(async () => {
    world = await World.create();
  });
  afterEach(() => world.dispose());
  after(stopSharedServer);

  /** Transactions that wrote the rows of a table. */
  async function writers(table: string): Promise<string[]> {
    const rows = await world.query<{ xmin: string }>(`select distinct xmin::text from lovage.${table}`);
    return rows.map(({ xmin }) => xmin);
  }

  test('calls of one turn of the event loop share few commits', async () => {
    const { broker, results } = { broker: world.open().broker(), results: world.open().results() };
    await broker.declare([{ name: 'q' }]);
    await Promise.all(Array.from({ length: 200 }, () => broker.publish([message('q')])));
    assert.ok((await writers('messages')).length <= 2, `${await writers('messages')}`);
    await Promise.all(Array.from({ length: 200 }, (_, i) => results.store([record(`t${i}`)])));
    assert.ok((await writers('results')).length <= 2, `${await writers('results')}`);
  });

  test('a result, what follows, and the end of the message are one transaction', async () => {
    const broker = world.open().broker();
    await broker.publish([message('q')]);
    const consumer = await broker.consume(consumerOf('q'));
    const [delivery] = await consumer.claim(1, within(10_000));
    const followUps = [message('next'), message('next')];
    await consumer.settle([{ ...done(delivery!), records: [record('t')], followUps }]);
    const [one, ...others] = await writers('messages');
    assert.deepEqual(others, []);
    assert.deepEqual(await writers('results'), [one]);
    assert.equal((await world.query('select 1 from lovage.messages')).length, 2);
  });

  test('to renew hundreds writes one row', async () => {
    const broker = world.open().broker();
    await broker.publish(Array.from({ length: 300 }, () => message('q')));
    const consumer = await broker.consume(consumerOf('q'));
    const held = await consumer.claim(300, within(10_000));
    const before = await world.query('select ctid::text, xmin::text from lovage.messages order by 1');
    assert.deepEqual(await consumer.renew(held), []);
    assert.deepEqual(
      await world.query('select ctid::text, xmin::text from lovage.messages order by 1'),
      before,
    );
    assert.equal((await world.query('select 1 from lovage.consumers')).length, 1);
  });

  test('who waits is told when what was deferred is due, and need not look', async () => {
    const broker = world.open({ transport: { polling_interval: 60 } }).broker();
    await broker.publish([message('q')]);
    const consumer = await broker.consume(consumerOf('q'));
    for (const delayMs of [200, 0, -1000]) {
      const [delivery] = await consumer.claim(1, within(20_000));
      assert.ok(delivery, `after ${delayMs} ms`);
      await consumer.settle([{ kind: 'defer', delivery, notBefore: Date.now() + delayMs }]);
    }
    assert.equal((await consumer.claim(1, within(20_000))).length, 1);
  });

  test('what is claimed is settled even if somebody has moved its row', async () => {
    const broker = world.open().broker();
    await broker.publish(Array.from({ length: 20 }, (_, i) => message('q', [i])));
    const consumer = await broker.consume(consumerOf('q'));
    const [first, ...rest] = await consumer.claim(20, within(10_000));
    await consumer.settle([done(first!)]);
    await world.query('vacuum full lovage.messages');
    const [released, deferred, ...finished] = rest;
    assert.deepEqual(
      await consumer.settle([
        { kind: 'release', delivery: released! },
        { kind: 'defer', delivery: deferred!, notBefore: Date.now() + 60_000 },
        ...finished.map((each) => ({ ...done(each), records: [record(each.envelope.id)] })),
      ]),
      [],
    );
    assert.deepEqual(await broker.depth(['q']), [{ queue: 'q', ready: 1, delayed: 1, claimed: 0 }]);
    assert.equal((await world.query('select 1 from lovage.results')).length, 17);
  });

  test('what comes in front of a queue while its head is being claimed is not left behind', async () => {
    const broker = world.open().broker();
    await broker.publish(Array.from({ length: 3000 }, (_, i) => message('q', [i])));
    const [front] = await world.query<{ id: string }>('select min(id) as id from lovage.messages');
    const consumer = await broker.consume(consumerOf('q'));
    await consumer.settle((await consumer.claim(100, within(10_000))).map(done));
    // As a commit that took its time.
    await world.query(
      `insert into lovage.messages (id, queue, rank, envelope, body) overriding system value
        select $1, queue, rank, '{"id":"late","own":{}}', body from lovage.messages limit 1`,
      [front!.id],
    );
    const seen: string[] = [];
    while (seen.length < 2500 && !seen.includes('late')) {
      const deliveries = await consumer.claim(5, within(10_000));
      seen.push(...deliveries.map(({ envelope }) => envelope.id));
      await consumer.settle(deliveries.map(done));
    }
    assert.ok(seen.includes('late'));
  });

  test('100,000 parked messages are counted, leave claims alone, and can be purged', async () => {
    const broker = world.open().broker();
    const notBefore = Date.now() + 3_600_000;
    await broker.publish(Array.from({ length: 100_000 }, () => message('q', [], notBefore)));
    await broker.publish([message('q', ['now'])]);
    const consumer = await broker.consume(consumerOf('q'));
    assert.equal((await consumer.claim(10, within(10_000))).length, 1);
    assert.deepEqual(await broker.depth(['q']), [{ queue: 'q', ready: 0, delayed: 100_000, claimed: 1 }]);
    assert.equal(await broker.purge('q'), 100_000);
  });

  test('ids need not be UUIDs', async () => {
    const results = world.open().results();
    const ids = [
      'short',
      'x'.repeat(2000),
      'é ☃',
      'CC5581C5-9A3F-452D-8628-6B3073E6AD49',
      crypto.randomUUID(),
    ];
    await results.store(ids.map((id) => record(id)));
    assert.deepEqual([...(await results.fetch(ids)).keys()].sort(), [...ids].sort());
    await results.forget(ids.slice(1));
    assert.deepEqual([...(await results.fetch(ids)).keys()], ['short']);
  });

  test('what cannot be stored is refused alone', async () => {
    const { broker, results } = { broker: world.open().broker(), results: world.open().results() };
    const outcomes = await Promise.allSettled([
      broker.publish([message('good')]),
      broker.publish([message('b\0d')]),
      broker.publish([message('good')]),
      results.store([record('good')]),
      results.store([record('b\0d')]),
    ]);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'rejected'],
    );
    assert.equal((outcomes[1] as PromiseRejectedResult).reason.code, 'refused');
    assert.equal((await broker.depth(['good']))[0]?.ready, 2);
    assert.equal((await results.fetch(['good'])).size, 1);
  });

  test('a row that somebody else has written over is delivered with a fault', async () => {
    const broker = world.open().broker();
    await broker.publish([message('q')]);
    await world.query(`update lovage.messages set envelope = 'Dear diary'`);
    const consumer = await broker.consume(consumerOf('q'));
    const [delivery] = await consumer.claim(1, within(10_000));
    assert.match(delivery!.fault ?? '', /envelope column cannot be read/);
    assert.equal(Buffer.from(delivery!.envelope.body).toString(), 'Dear diary');
  });

  test('messages alike that are sent together are all heard', async () => {
    const bus = world.open().bus();
    const heard: string[] = [];
    await bus.listen('events', ({ topic }) => heard.push(topic));
    const same = { topic: 'same', headers: {}, body: Buffer.from('{}') };
    await Promise.all([bus.send('events', same), bus.send('events', same), bus.send('events', same)]);
    await bus.send('events', { ...same, topic: 'last' });
    while (!heard.includes('last')) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.deepEqual(heard, ['same', 'same', 'same', 'last']);
  });
});
