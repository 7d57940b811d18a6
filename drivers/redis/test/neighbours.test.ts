import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { requireService } from '../../../tools/services.ts';
import { python } from './python.ts';
import {
  bodyOf,
  consume,
  message,
  openDriver,
  rawClient,
  sharedServer,
  stopSharedServer,
  takeOne,
  until,
} from './worlds.ts';

const skip = requireService('redis') || requireService('celery');

interface Seen {
  readonly body: unknown;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly deliveryInfo: Readonly<Record<string, unknown>>;
}

/** Have kombu do something; answers what it saw. */
async function kombu(order: Readonly<Record<string, unknown>>, status = 0): Promise<readonly Seen[]> {
  return (await python('kombu_neighbour.py', order, status)) as readonly Seen[];
}

describe('redis: kombu on the same keys', { skip, concurrency: 3 }, () => {
  after(stopSharedServer);

  async function world(name: string, options: Readonly<Record<string, unknown>> = {}) {
    const { url } = await sharedServer();
    const transport = { global_keyprefix: `${name}:`, ...options };
    const open = () => openDriver(url, { transport });
    return { order: { url, queue: 'q', options: transport }, open, raw: () => rawClient(url) };
  }

  test('kombu receives what we publish, urgent first', async () => {
    const { order, open } = await world('ours');
    await using ours = open();
    const send = [undefined, 0, 3, 6, 9].map((priority) =>
      message('q', JSON.stringify(`p${priority}`), {
        headers: { task: 't', id: `p${priority}`, é: [1, null] },
        ...(priority === undefined ? {} : { priority }),
      }),
    );
    await ours.driver.broker().publish(send);
    const seen = await kombu({ ...order, do: 'consume', count: 5 });
    assert.deepEqual(
      seen.map((each) => each.body),
      ['pundefined', 'p9', 'p6', 'p3', 'p0'],
    );
    assert.deepEqual(
      seen.map((each) => each.properties['priority']),
      [0, 0, 3, 6, 9],
    );
    assert.deepEqual(seen[0]?.headers, { task: 't', id: 'pundefined', é: [1, null] });
    assert.deepEqual(seen[0]?.deliveryInfo, { exchange: '', routing_key: 'q' });
  });

  test('we receive what kombu publishes, urgent first, and the lowest number is the most urgent', async () => {
    const { order, open } = await world('theirs');
    await using ours = open();
    const messages = [9, 3, 0, 6].map((priority) => ({ body: `n${priority}`, priority }));
    await kombu({ ...order, do: 'publish', messages });
    const consumer = await consume(ours.driver, 'q');
    const got = await consumer.claim(10, AbortSignal.timeout(10_000));
    assert.deepEqual(got.map(bodyOf), ['"n0"', '"n3"', '"n6"', '"n9"']);
    assert.deepEqual(
      got.map((each) => each.envelope.priority),
      [undefined, 6, 3, 0],
    );
    assert.deepEqual(
      got.map((each) => each.fault),
      [undefined, undefined, undefined, undefined],
    );
    await consumer.settle(got.map((delivery) => ({ kind: 'done', delivery })));
  });

  test('an idle consumer is told of what kombu pushes', async () => {
    const { order, open } = await world('wake');
    await using ours = open();
    const consumer = await consume(ours.driver, 'q');
    const waiting = takeOne(consumer);
    await kombu({ ...order, do: 'publish', messages: [{ body: 'x' }] });
    assert.equal(bodyOf(await waiting), '"x"');
  });

  test('kombu restores what our dead worker held', async () => {
    const { order, open, raw: connect } = await world('dead', { visibility_timeout: 1 });
    await using raw = await connect();
    await using ours = open();
    const broker = ours.driver.broker();
    await broker.publish([message('q', '"a"', { priority: 3 }), message('q', '"b"')]);
    const consumer = await consume(ours.driver, 'q', 60_000);
    assert.equal((await consumer.claim(2, AbortSignal.timeout(10_000))).length, 2);
    // Dead: nothing dates its messages any more, and nobody of ours knows it.
    const held = (await raw.command('ZRANGE', 'dead:unacked_index', '0', '-1')) as string[];
    await raw.command('DEL', 'dead:lovage:consumers');
    const dated = held.flatMap((receipt) => ['1000', receipt]);
    await raw.command('ZADD', 'dead:unacked_index', ...dated);
    await kombu({ ...order, do: 'restore' });
    assert.equal(await raw.command('HLEN', 'dead:unacked'), 0);
    const seen = await kombu({ ...order, do: 'consume', count: 2 });
    assert.deepEqual(seen.map((each) => each.body).sort(), ['a', 'b']);
    assert.deepEqual(
      seen.map((each) => each.headers['redelivered']),
      [true, true],
    );
  });

  test('kombu leaves alone what our living worker renews, however long it takes', async () => {
    const { order, open, raw: connect } = await world('alive', { visibility_timeout: 1 });
    await using raw = await connect();
    await using ours = open();
    await ours.driver.broker().publish([message('q', '"long"')]);
    const consumer = await consume(ours.driver, 'q', 60_000);
    const delivery = await takeOne(consumer);
    const [, first] = await dated(raw, 'alive:unacked_index');
    await until(
      async () => Number((await dated(raw, 'alive:unacked_index'))[1]) > Number(first) + 1,
      'it is dated anew',
    );
    await kombu({ ...order, do: 'restore' });
    assert.deepEqual(await consumer.settle([{ kind: 'done', delivery }]), []);
  });

  test('we restore what a dead kombu consumer held, after the visibility timeout and counted', async () => {
    const { order, open } = await world('python', { visibility_timeout: 1 });
    await using ours = open();
    await kombu({ ...order, do: 'publish', messages: [{ body: 'x', priority: 6 }] });
    await kombu({ ...order, do: 'consume', count: 1, ack: false }, 9);
    assert.equal((await ours.driver.broker().depth(['q']))[0]?.claimed, 1);
    const delivery = await takeOne(await consume(ours.driver, 'q'));
    assert.deepEqual([bodyOf(delivery), delivery.deliveries, delivery.redelivered], ['"x"', 2, true]);
    assert.equal(delivery.envelope.priority, 3);
  });

  test('we leave alone what a living kombu consumer holds', async () => {
    const { order, open, raw: connect } = await world('holding');
    await using raw = await connect();
    await using ours = open();
    await kombu({ ...order, do: 'publish', messages: [{ body: 'x' }] });
    await kombu({ ...order, do: 'consume', count: 1, ack: false }, 9);
    const consumer = await consume(ours.driver, 'q');
    await ours.driver.broker().publish([message('q', '"marker"')]);
    assert.equal(bodyOf(await takeOne(consumer)), '"marker"');
    assert.equal(await raw.command('HLEN', 'holding:unacked'), 2);
  });

  test('while Python restores, we do not', async () => {
    const { order, open, raw: connect } = await world('mutex', { visibility_timeout: 1 });
    await using raw = await connect();
    await using ours = open();
    await kombu({ ...order, do: 'publish', messages: [{ body: 'x' }] });
    await kombu({ ...order, do: 'consume', count: 1, ack: false }, 9);
    await raw.command('SET', 'mutex:unacked_mutex', 'python');
    const held = (await raw.command('ZRANGE', 'mutex:unacked_index', '0', '-1')) as string[];
    await raw.command('ZADD', 'mutex:unacked_index', '1000', held[0]!);
    const consumer = await consume(ours.driver, 'q');
    await ours.driver.broker().publish([message('q', '"marker"')]);
    assert.equal(bodyOf(await takeOne(consumer)), '"marker"');
    await raw.command('DEL', 'mutex:unacked_mutex');
    assert.equal(bodyOf(await takeOne(consumer)), '"x"');
  });
});

/** Receipt and date of the one message that is out. */
async function dated(raw: Awaited<ReturnType<typeof rawClient>>, index: string): Promise<readonly unknown[]> {
  const reply = (await raw.command('ZRANGE', index, '0', '-1', 'WITHSCORES')) as unknown[];
  return reply.flat();
}
