import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { DriverError } from '@lovage/contracts';
import { requireService } from '../../../tools/services.ts';
import { rawClient } from './raw.ts';
import { bodyOf, consume, message, openDriver, sharedServer, stopSharedServer, takeOne } from './worlds.ts';

const name = (): string => `q-${randomUUID().slice(0, 8)}`;

describe('amqp: exchanges, queues and what is in them', { skip: requireService('rabbitmq') }, () => {
  let url: string;
  before(async () => {
    url = (await sharedServer()).url;
  });
  after(stopSharedServer);

  test('a queue is declared as Celery does: the same declaration by another is accepted', async () => {
    await using ours = openDriver(url);
    await using raw = await rawClient(url);
    const queue = name();
    await ours.driver.broker().declare([{ name: queue }]);
    // RabbitMQ refuses a declaration that differs in a flag or an argument.
    await raw.channel.assertExchange(queue, 'direct', { durable: true, autoDelete: false });
    await raw.channel.assertQueue(queue, { durable: true, exclusive: false, autoDelete: false });
    raw.channel.publish(queue, queue, Buffer.from('by the exchange'));
    await raw.channel.waitForConfirms();
    assert.equal(bodyOf(await takeOne(await consume(ours.driver, queue))), 'by the exchange');
  });

  test('priorities and the type of queues are declared as asked', async () => {
    await using raw = await rawClient(url);
    for (const [transport, options] of [
      [{ queue_max_priority: 10 }, { 'x-max-priority': 10 }],
      [{ queue_type: 'quorum' }, { 'x-queue-type': 'quorum' }],
    ] as const) {
      await using ours = openDriver(url, { transport });
      const queue = name();
      await ours.driver.broker().declare([{ name: queue }]);
      await raw.channel.assertQueue(queue, { durable: true, arguments: options });
    }
  });

  test('looking at what is kept on a quorum queue does not wear it out', async () => {
    await using raw = await rawClient(url);
    await using ours = openDriver(url, { transport: { queue_type: 'quorum' } });
    const queue = `lovage.${name()}`;
    const broker = ours.driver.broker();
    await broker.publish([message(queue, 'kept')]);
    for (let look = 0; look < 25; look += 1) assert.equal((await broker.peek(queue, 1)).length, 1);
    const options = { 'x-queue-type': 'quorum', 'x-delivery-limit': 1_000_000 };
    await raw.channel.assertQueue(queue, { durable: true, arguments: options });
  });

  test('giving back does not use up the delivery limit of a quorum queue', async () => {
    await using raw = await rawClient(url);
    await using ours = openDriver(url, {
      transport: { queue_type: 'quorum', delayed_queue_type: 'classic' },
    });
    const queue = name();
    await raw.channel.assertQueue(queue, {
      durable: true,
      arguments: { 'x-queue-type': 'quorum', 'x-delivery-limit': 3 },
    });
    await ours.driver.broker().publish([message(queue, 'again and again')]);
    for (let turn = 0; turn < 8; turn += 1) {
      const consumer = await consume(ours.driver, queue);
      const delivery = await takeOne(consumer);
      assert.deepEqual([bodyOf(delivery), delivery.deliveries], ['again and again', 1], `turn ${turn}`);
      await consumer.settle([{ kind: 'release', delivery }]);
      await consumer.close();
    }
  });

  test('a queue that exists with other arguments is used as it is, and said once', async () => {
    await using raw = await rawClient(url);
    const queue = name();
    await raw.channel.assertQueue(queue, { durable: true, maxPriority: 10 });
    await using ours = openDriver(url);
    const broker = ours.driver.broker();
    await broker.declare([{ name: queue }]);
    await broker.declare([{ name: queue }]);
    await broker.publish([message(queue, 'a')]);
    assert.equal(bodyOf(await takeOne(await consume(ours.driver, queue))), 'a');
    const warnings = ours.logged.filter((line) => line.includes('x-max-priority'));
    assert.equal(warnings.length, 1, ours.logged.join('\n'));
  });

  test('what is refused goes to the dead-letter queue also where RabbitMQ does not know of it', async () => {
    await using raw = await rawClient(url);
    const [queue, dead] = [name(), name()];
    await raw.channel.assertQueue(queue, { durable: true });
    await using ours = openDriver(url);
    const broker = ours.driver.broker();
    await broker.declare([{ name: dead }, { name: queue, deadLetter: dead }]);
    await broker.publish([message(queue, 'bad')]);
    const consumer = await consume(ours.driver, queue);
    await consumer.settle([{ kind: 'reject', delivery: await takeOne(consumer) }]);
    assert.equal(bodyOf(await takeOne(await consume(ours.driver, dead))), 'bad');
  });

  test('a queue that is deleted behind a publisher is made again, and nothing is lost', async () => {
    await using ours = openDriver(url);
    await using raw = await rawClient(url);
    const queue = name();
    const broker = ours.driver.broker();
    await broker.publish([message(queue, 'a')]);
    await raw.channel.deleteQueue(queue);
    await broker.publish([message(queue, 'b'), message(queue, 'c')]);
    const consumer = await consume(ours.driver, queue);
    assert.deepEqual([bodyOf(await takeOne(consumer)), bodyOf(await takeOne(consumer))], ['b', 'c']);
  });

  test('a queue that is deleted under a consumer is made again', async () => {
    await using ours = openDriver(url);
    await using raw = await rawClient(url);
    const queue = name();
    const consumer = await consume(ours.driver, queue);
    const waiting = takeOne(consumer);
    await raw.channel.assertQueue(queue, { durable: true });
    await raw.channel.deleteQueue(queue);
    await ours.driver.broker().publish([message(queue, 'a')]);
    assert.equal(bodyOf(await waiting), 'a');
  });

  test('a message that no queue can take is an error', async () => {
    await using raw = await rawClient(url);
    const queue = name();
    await raw.channel.assertQueue(queue, {
      durable: true,
      arguments: { 'x-max-length': 1, 'x-overflow': 'reject-publish' },
    });
    await using ours = openDriver(url);
    await ours.driver.broker().publish([message(queue, 'fits')]);
    const isRefusal = (error: unknown) => error instanceof DriverError && error.code === 'unavailable';
    await assert.rejects(
      ours.driver.broker().publish([message(queue, 'one'), message(queue, 'too many')]),
      isRefusal,
    );
  });

  test('headers that AMQP cannot carry are refused by name; the channel lives on', async () => {
    await using ours = openDriver(url);
    const queue = name();
    const broker = ours.driver.broker();
    for (const headers of [{ big: 2n ** 70n }, { long: 'x'.repeat(70_000) }, { ['k'.repeat(300)]: 1 }]) {
      await assert.rejects(
        broker.publish([message(queue, 'a', { headers })]),
        (error) => error instanceof DriverError && error.code === 'refused',
      );
    }
    const headers = { '!': 'timestamp', value: { '!': 1 }, id: 2n ** 60n, list: [{ '!': 'x' }, 1.5, null] };
    await broker.publish([message(queue, 'a', { headers })]);
    const { envelope } = await takeOne(await consume(ours.driver, queue));
    assert.deepEqual(envelope.headers, { ...headers, id: 2 ** 60 });
  });

  test('a message of another program is read: dates, decimals and bytes become JSON values', async () => {
    await using ours = openDriver(url);
    await using raw = await rawClient(url);
    const queue = name();
    await raw.channel.assertQueue(queue, { durable: true });
    raw.channel.sendToQueue(queue, Buffer.from([0xff]), {
      headers: {
        at: { '!': 'timestamp', value: 86_400 },
        price: { '!': 'decimal', value: { digits: 125, places: 2 } },
        bytes: Buffer.from('é'),
      },
    });
    await raw.channel.waitForConfirms();
    const { envelope, fault } = await takeOne(await consume(ours.driver, queue));
    assert.equal(fault, undefined);
    assert.deepEqual(envelope.headers, { at: '1970-01-02T00:00:00.000Z', price: 1.25, bytes: 'é' });
    assert.deepEqual([...envelope.body], [0xff]);
  });

  test('queues whose names end alike do not get each other’s delayed messages', async () => {
    await using ours = openDriver(url);
    const broker = ours.driver.broker();
    const [end, start] = [name(), name()];
    const whole = `${start}.${end}`;
    await broker.declare([{ name: end }, { name: whole }]);
    const notBefore = Date.now() + 100;
    await broker.publish([
      { ...message(whole, 'for the whole'), notBefore },
      { ...message(end, 'for the end'), notBefore },
    ]);
    assert.equal(bodyOf(await takeOne(await consume(ours.driver, end))), 'for the end');
    assert.equal(bodyOf(await takeOne(await consume(ours.driver, whole))), 'for the whole');
    assert.equal((await broker.depth([end]))[0]?.ready, 0);
  });

  test('what waits is in the broker: its sender may be gone', async () => {
    const queue = name();
    {
      await using sender = openDriver(url);
      await sender.driver.broker().publish([{ ...message(queue, 'later'), notBefore: Date.now() + 700 }]);
    }
    await using ours = openDriver(url);
    assert.equal(bodyOf(await takeOne(await consume(ours.driver, queue))), 'later');
  });

  test('what waits longest is parked, and what would wait longer than levels there are is refused', async () => {
    await using ours = openDriver(url);
    const broker = ours.driver.broker();
    const years = (n: number): number => Date.now() + n * 365 * 86_400_000;
    await broker.publish([{ ...message(name(), 'later'), notBefore: years(13) }]);
    await assert.rejects(
      broker.publish([{ ...message(name(), 'never'), notBefore: years(14) }]),
      (error) => error instanceof DriverError && error.code === 'refused',
    );
  });
});
