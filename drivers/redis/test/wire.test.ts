import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { requireService } from '../../../tools/services.ts';
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

describe('redis: what lies in the keys', { skip: requireService('redis'), concurrency: 3 }, () => {
  after(stopSharedServer);

  async function world(prefix: string, options: Readonly<Record<string, unknown>> = {}) {
    const { url } = await sharedServer();
    const opened = openDriver(url, { transport: { global_keyprefix: prefix, ...options } });
    const raw = await rawClient(url);
    const list = async (key: string) => (await raw.command('LRANGE', prefix + key, '0', '-1')) as string[];
    const end = async () => {
      await opened.driver.close();
      raw.client.destroy();
    };
    return { ...opened, raw, list, [Symbol.asyncDispose]: end };
  }

  test('a long call keeps its order, and is not sent in part when its last message cannot be written', async () => {
    await using here = await world('long:');
    const broker = here.driver.broker();
    const calls = Array.from({ length: 1_201 }, (_, i) =>
      message('celery', '', { id: `i${i}`, headers: { id: `i${i}` } }),
    );
    const unwritable = message('celery', '', { headers: { when: () => 0 } });
    await assert.rejects(broker.publish([...calls, unwritable]), /headers\.when is a function/);
    assert.deepEqual(await here.list('celery'), []);
    await broker.publish(calls);
    const ids = (await here.list('celery')).map((text) => JSON.parse(text).headers.id);
    assert.deepEqual(
      ids.toReversed(),
      calls.map(({ envelope }) => envelope.id),
    );
  });

  test('a message has the keys of Celery, in its order, and its body in base64', async () => {
    await using here = await world('shape:');
    const headers = { lang: 'js', task: 'tasks.add', id: 'i1', eta: null };
    const sent = message('celery', '[[2, 3], {}, {}]', {
      id: 'i1',
      headers,
      correlationId: 'i1',
      replyTo: 'r1',
    });
    await here.driver.broker().publish([sent]);
    const [text = ''] = await here.list('celery');
    const found = JSON.parse(text);
    assert.deepEqual(Object.keys(found), [
      'body',
      'content-encoding',
      'content-type',
      'headers',
      'properties',
    ]);
    const { delivery_tag: tag, ...properties } = found.properties;
    assert.match(tag, /^[0-9a-f-]{36}$/);
    assert.deepEqual(Object.entries(properties), [
      ['correlation_id', 'i1'],
      ['reply_to', 'r1'],
      ['delivery_mode', 2],
      ['delivery_info', { exchange: '', routing_key: 'celery' }],
      ['priority', 0],
      ['body_encoding', 'base64'],
    ]);
    assert.deepEqual(found.headers, headers);
    assert.equal(Buffer.from(found.body, 'base64').toString(), '[[2, 3], {}, {}]');
  });

  test('declaring binds the queue as kombu does, once a connection', async () => {
    await using here = await world('bind:', { client_name: 'binding' });
    const broker = here.driver.broker();
    await broker.declare([{ name: 'celery' }]);
    const binding = ['SMEMBERS', 'bind:_kombu.binding.celery'] as const;
    assert.deepEqual(await here.raw.command(...binding), ['celery\x06\x16\x06\x16celery']);
    await here.raw.command('DEL', 'bind:_kombu.binding.celery');
    await broker.declare([{ name: 'celery' }]);
    assert.deepEqual(await here.raw.command(...binding), []);
    const [id = ''] = await fieldOf(here.raw, 'binding', 'id');
    await here.raw.command('CLIENT', 'KILL', 'ID', id);
    await until(() => here.logged.length > 0, 'the loss is noticed');
    await broker.declare([{ name: 'celery' }]);
    assert.equal(((await here.raw.command(...binding)) as unknown[]).length, 1);
  });

  test('priorities lie in the lists of kombu, the most urgent in the plain one', async () => {
    await using here = await world('steps:');
    const levels = Array.from({ length: 10 }, (_, priority) => message('q', String(priority), { priority }));
    await here.driver.broker().publish(levels);
    const lengths = await Promise.all(
      ['q', 'q\x06\x163', 'q\x06\x166', 'q\x06\x169'].map(async (key) => (await here.list(key)).length),
    );
    assert.deepEqual(lengths, [3, 3, 3, 1]);
  });

  test('separator and steps can be others', async () => {
    await using here = await world('other:', { sep: ':', priority_steps: [0, 5] });
    await here.driver
      .broker()
      .publish([message('q', 'low', { priority: 1 }), message('q', 'high', { priority: 7 })]);
    assert.equal((await here.list('q:5')).length, 1);
    const got = await (await consume(here.driver, 'q')).claim(2, AbortSignal.timeout(10_000));
    assert.deepEqual(got.map(bodyOf), ['high', 'low']);
  });

  test('a claimed message is in unacked as [message, exchange, routing key], its bytes untouched', async () => {
    await using here = await world('out:');
    const text =
      '{"body":"e30=","headers":{"id":"x","n":12345678901234567890},"properties":{"body_encoding":"base64","delivery_tag":"t"}}';
    await here.raw.command('LPUSH', 'out:q "1"', text);
    const consumer = await consume(here.driver, 'q "1"');
    const delivery = await takeOne(consumer);
    const [receipt, entry] = Object.entries((await here.raw.command('HGETALL', 'out:unacked')) as object)[0]!;
    assert.equal(receipt, delivery.receipt);
    assert.equal(entry, `[${text},"","q \\"1\\""]`);
    await consumer.settle([{ kind: 'release', delivery }]);
    assert.match((await here.list('q "1"'))[0] ?? '', /"n":12345678901234567890/);
  });

  test('what a living consumer holds is not restored, however old its date', async () => {
    await using here = await world('dated:');
    const { driver, raw } = here;
    await driver.broker().publish([message('q', 'held')]);
    const owner = await consume(driver, 'q');
    const delivery = await takeOne(owner);
    await raw.command('ZADD', 'dated:unacked_index', '1000', delivery.receipt);
    // Its first claim restores what is older than the visibility timeout.
    const other = await consume(driver, 'q');
    await driver.broker().publish([message('q', 'next')]);
    assert.equal(bodyOf(await takeOne(other)), 'next');
    assert.deepEqual(await owner.settle([{ kind: 'done', delivery }]), []);
  });

  test('nothing is left when all is done', async () => {
    await using here = await world('clean:');
    const { driver, raw } = here;
    await driver.broker().publish([message('q', 'a'), { ...message('q', 'b'), notBefore: Date.now() + 20 }]);
    const consumer = await consume(driver, 'q');
    for (let i = 0; i < 2; i += 1)
      await consumer.settle([{ kind: 'done', delivery: await takeOne(consumer) }]);
    await consumer.close();
    const listener = await driver.bus().listen('reply:me', () => undefined);
    await driver.bus().send('reply:me', { topic: '', headers: {}, body: Buffer.from('{}') });
    await listener.close();
    await until(async () => ((await raw.command('KEYS', 'clean:*')) as string[]).length === 0, 'all is gone');
  });

  test('replies that nobody takes do not stay', async () => {
    await using here = await world('reply:');
    await here.raw.command('SADD', 'reply:_kombu.binding.reply.celery.pidbox', 'gone\x06\x16\x06\x16gone.q');
    await here.driver.bus().send('reply:gone', { topic: '', headers: {}, body: Buffer.from('{}') });
    assert.ok(Number(await here.raw.command('TTL', 'reply:gone.q')) > 0);
  });

  test('who listens for replies is found again after the server lost its data', async () => {
    await using here = await world('rebind:');
    const { driver, raw } = here;
    const heard: unknown[] = [];
    const listener = await driver.bus().listen('reply:me', ({ headers }) => heard.push(headers));
    await raw.command('DEL', 'rebind:_kombu.binding.reply.celery.pidbox');
    await until(async () => {
      await driver.bus().send('reply:me', { topic: '', headers: { n: 1 }, body: Buffer.from('{}') });
      return heard.length > 0;
    }, 'a reply comes');
    await listener.close();
    assert.equal(await raw.command('EXISTS', 'rebind:_kombu.binding.reply.celery.pidbox'), 0);
  });

  test('an answer after the asker has gone does not stay either, for kombu gives its lists no end', async () => {
    await using here = await world('late:');
    const { driver, raw } = here;
    const list = 'late:me.reply.celery.pidbox';
    const first = await driver.bus().listen('reply:me', () => undefined);
    await first.close();
    await raw.command('LPUSH', list, '{}');
    const leftMs = Number(await raw.command('PTTL', list));
    assert.ok(leftMs > 0 && leftMs <= 2_000, `${leftMs} ms`);
    const heard: unknown[] = [];
    await driver.bus().listen('reply:me', ({ headers }) => heard.push(headers));
    await driver.bus().send('reply:me', { topic: '', headers: { n: 2 }, body: Buffer.from('{}') });
    await until(() => heard.length > 0, 'the address is in use again');
    assert.deepEqual(heard, [{ n: 2 }]);
  });

  test('what is no message is delivered with its bytes and a fault, and stops nobody', async () => {
    await using here = await world('bad:');
    const bad = [
      '',
      'plain',
      '{"body":',
      '[1]',
      '{"body":"%%","properties":{"body_encoding":"base64"}}',
      '{"body":1,"properties":{}}',
    ];
    for (const each of bad) await here.raw.command('LPUSH', 'bad:q', each);
    await here.raw.client.lPush('bad:q', Buffer.of(0xff, 0xfe, 0x00));
    await here.driver.broker().publish([message('q', 'good')]);
    const consumer = await consume(here.driver, 'q');
    const got = await consumer.claim(10, AbortSignal.timeout(10_000));
    assert.deepEqual(
      got.map((each) => typeof each.fault),
      [...Array(7).fill('string'), 'undefined'],
    );
    assert.deepEqual(got.slice(0, 6).map(bodyOf), bad);
    assert.deepEqual([...got[6]!.envelope.body], [0xff, 0xfe, 0x00]);
    assert.deepEqual(await consumer.settle(got.map((delivery) => ({ kind: 'release', delivery }))), []);
    const again = await consumer.claim(10, AbortSignal.timeout(10_000));
    assert.deepEqual(again.map(bodyOf), [...got.slice(0, 6).map(bodyOf), bodyOf(got[6]!), 'good']);
    assert.deepEqual(await consumer.settle(again.map((delivery) => ({ kind: 'done', delivery }))), []);
  });

  // By looking once a second, which is what is done while tracking is on, this would take longer than it may.
  test('an idle consumer is told of a push to any of its lists', { timeout: 45_000 }, async () => {
    await using here = await world('told:', { client_name: 'told' });
    const consumer = await consume(here.driver, 'q');
    for (let i = 0; i < 100; i += 1) {
      const waiting = takeOne(consumer);
      await until(async () => (await fieldOf(here.raw, 'told', 'flags')).includes('t'), 'tracking is on');
      const text = `{"body":"${i}","headers":{},"properties":{"delivery_tag":"t${i}"}}`;
      await here.raw.command('LPUSH', `told:q${['', '\x06\x163', '\x06\x169'][i % 3]}`, text);
      const delivery = await waiting;
      assert.equal(bodyOf(delivery), String(i));
      await consumer.settle([{ kind: 'done', delivery }]);
    }
  });

  test('result keys have the prefix of Celery 5.3, the broker its own', async () => {
    const { url } = await sharedServer();
    await using raw = await rawClient(url);
    const payload = Buffer.from('{"status": "SUCCESS", "result": 1, "task_id": "t"}');
    const records = [{ taskId: 't', state: 'SUCCESS', final: true, payload, ttlMs: 60_000 }];
    for (const [prefix, key] of [
      ['rp', 'rp_celery-task-meta-t'],
      ['rp:', 'rp:celery-task-meta-t'],
      ['r-', 'r-celery-task-meta-t'],
    ] as const) {
      const transport = { global_keyprefix: 'broker:' };
      await using both = openDriver(url, { transport, resultTransport: { global_keyprefix: prefix } });
      await both.driver.results().store(records);
      assert.equal(await raw.command('GET', key), payload.toString());
      assert.ok(Number(await raw.command('TTL', key)) > 50);
    }
  });

  test('five thousand results are waited for over two connections', async () => {
    const { url } = await sharedServer();
    await using raw = await rawClient(url);
    await using many = openDriver(url, { transport: { client_name: 'many' } });
    const ids = Array.from({ length: 5_000 }, (_, i) => `many-${i}`);
    const heard = new Set<string>();
    const results = many.driver.results();
    await Promise.all(
      ids.map(async (id) => {
        const watch = await results.watch((record) => heard.add(record.taskId));
        await watch.add([id]);
      }),
    );
    assert.equal((await fieldOf(raw, 'many', 'id')).length, 2);
    const record = (taskId: string) => ({
      taskId,
      state: 'SUCCESS',
      final: true,
      payload: Buffer.from(`{"status": "SUCCESS", "result": 1, "task_id": "${taskId}"}`),
      ttlMs: 60_000,
    });
    await results.store(ids.map(record));
    await until(() => heard.size === ids.length, 'all are heard of');
  });
});

/** A field of CLIENT LIST, for each connection of a client. */
async function fieldOf(
  raw: Awaited<ReturnType<typeof rawClient>>,
  name: string,
  field: string,
): Promise<string[]> {
  const lines = String(await raw.command('CLIENT', 'LIST')).split('\n');
  const value = new RegExp(`\\b${field}=(\\S+)`);
  return lines.flatMap((line) => (line.includes(`name=${name} `) ? (value.exec(line)?.[1] ?? []) : []));
}
