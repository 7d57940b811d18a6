import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { BroadcastOptions } from '@lovage/app';
import { App, ImproperlyConfigured, InvalidCall, OperationalError } from '@lovage/app';
import type { BusMessage } from '@lovage/contracts';
import { DriverError } from '@lovage/contracts';
import { type ControlRequest, json, replyChannel, writeControlReply } from '@lovage/protocol';
import { fakeNode } from './control-node.ts';
import { fakeDriver } from './fake-driver.ts';
import { memoryLog } from './memory-log.ts';

const make = () => new App('control', { environment: {}, brokerUrl: `memory://${randomUUID()}` });

/** Waiting longer than any test may take: whoever waits it out fails. */
const FOR_EVER = 3600;

test('every node answers, under its name, and onReply is told of each', async () => {
  await using app = make();
  await fakeNode(app, 'a@one');
  await fakeNode(app, 'b@two', () => ({ error: 'busy' }));
  const told: unknown[] = [];
  const answers = await app.control.broadcast('ping', {
    reply: true,
    timeout: FOR_EVER,
    limit: 2,
    onReply: (node, answer) => told.push([node, answer]),
  });
  assert.deepEqual(answers, [{ 'a@one': { ok: 'pong' } }, { 'b@two': { error: 'busy' } }]);
  assert.deepEqual(told, [
    ['a@one', { ok: 'pong' }],
    ['b@two', { error: 'busy' }],
  ]);
  assert.deepEqual(await app.control.inspect({ limit: 2, timeout: FOR_EVER }).ping(), {
    'a@one': { ok: 'pong' },
    'b@two': { error: 'busy' },
  });
});

test('waiting ends as soon as all of the destination have answered, and no other node is asked', async () => {
  await using app = make();
  await fakeNode(app, 'a@one');
  const other = await fakeNode(app, 'b@two', () => assert.fail('it was not asked'));
  await fakeNode(app, 'c@three');
  const destination = ['a@one', 'c@three'];
  const answers = await app.control.ping({ destination, timeout: FOR_EVER });
  assert.deepEqual(answers.flatMap(Object.keys).sort(), destination);
  assert.deepEqual(other.asked[0]!.destination, destination);
  assert.deepEqual(await app.control.inspect({ destination: 'a@one', timeout: FOR_EVER }).ping(), {
    'a@one': { ok: 'pong' },
  });
});

test('a node that answers twice does not count for another', async () => {
  await using app = make();
  await fakeNode(app, 'a@one');
  await fakeNode(app, 'a@one');
  await fakeNode(app, 'b@two');
  const answers = await app.control.ping({ destination: ['a@one', 'b@two'], timeout: FOR_EVER });
  assert.deepEqual(answers.flatMap(Object.keys), ['a@one', 'a@one', 'b@two']);
});

test('who does not answer in time is left out; nobody at all is an empty answer', async () => {
  await using app = make();
  assert.deepEqual(await app.control.inspect({ timeout: 0.02 }).stats(), {});
  await fakeNode(app, 'mute@one', () => undefined);
  assert.deepEqual(await app.control.ping({ timeout: 0.02 }), []);
});

test('many who ask at the same time share one listener, and each gets its own answers', async () => {
  await using app = make();
  const { bus } = await app.drivers();
  let listening = 0;
  const listen = bus!.listen.bind(bus);
  bus!.listen = (channel, onMessage) => {
    if (channel.startsWith('reply:')) listening += 1;
    return listen(channel, onMessage);
  };
  await fakeNode(app, 'a@one', ({ arguments: args }) => args);
  const numbers = Array.from({ length: 200 }, (_, n) => n);
  const inspect = app.control.inspect({ limit: 1, timeout: FOR_EVER });
  const answers = await Promise.all(numbers.map((n) => inspect.call('echo', { n })));
  assert.deepEqual(
    answers.map((answer) => answer['a@one']),
    numbers.map((n) => ({ n })),
  );
  assert.equal(listening, 1);
});

test('an answer that comes too late is nobody’s', async () => {
  await using app = make();
  let late: (() => Promise<void>) | undefined;
  const { bus } = await app.drivers();
  await fakeNode(app, 'slow@one', ({ method, reply }) => {
    const answer = writeControlReply('slow@one', method, { ticket: reply!.ticket, clock: 1 });
    if (method === 'second') return 'second';
    late = () => bus!.send(replyChannel(reply!), answer);
    return undefined;
  });
  assert.deepEqual(await app.control.inspect({ timeout: 0.02 }).call('first'), {});
  const second = app.control.inspect({ timeout: FOR_EVER, destination: 'slow@one' }).call('second');
  await late!();
  assert.deepEqual(await second, { 'slow@one': 'second' });
});

test('an answer without a ticket counts where only one is asking; one that is no answer is left out', async () => {
  const { lines, logger } = memoryLog();
  await using app = new App('control', { environment: {}, brokerUrl: 'memory://ticketless', logger });
  const { bus } = await app.drivers();
  const say = (request: ControlRequest, body: unknown) =>
    bus!.send(replyChannel(request.reply!), { topic: '', headers: {}, body: json.encode(body) });
  await fakeNode(app, 'old@one', (request) => {
    void say(request, 'nonsense');
    void say(request, 'more nonsense');
    void say(request, { 'old@one': 'here' });
    return undefined;
  });
  const answer = await app.control.inspect({ destination: 'old@one', timeout: FOR_EVER }).call('x');
  assert.deepEqual(answer, { 'old@one': 'here' });
  assert.equal(lines.length, 1);
  assert.match(lines[0]!, /^warn: an answer was left out: no control reply/);
});

test('names of nodes are data, __proto__ too', async () => {
  await using app = make();
  await fakeNode(app, '__proto__', () => ({ polluted: true }));
  const answers = await app.control.inspect({ limit: 1, timeout: FOR_EVER }).ping();
  assert.deepEqual(Object.keys(answers), ['__proto__']);
  assert.equal(({} as { polluted?: boolean }).polluted, undefined);
});

test('a request is Celery’s: body in its order, clock, and the time when nobody waits any more', async () => {
  await using app = make();
  const { bus } = await app.drivers();
  const heard: BusMessage[] = [];
  await bus!.listen('control', (message) => heard.push(message));
  const before = Date.now() / 1000;
  await app.control.broadcast('ping', { pattern: 'w*@host1', timeout: 5 });
  await app.control.inspect({ timeout: 0, destination: 'w1@host1' }).conf();
  await turn();
  const [cast, asked] = heard.map(({ headers, body }) => ({ headers, text: Buffer.from(body).toString() }));
  const body = { method: 'ping', arguments: {}, destination: null, pattern: 'w*@host1', matcher: 'glob' };
  assert.deepEqual(Object.entries(JSON.parse(cast!.text)), Object.entries(body));
  assert.equal(cast!.headers['clock'], 1);
  const expires = cast!.headers['expires'] as number;
  assert.ok(expires >= before + 5 && expires < before + 60, `${expires - before}`);
  const { ticket, reply_to: address, ...request } = JSON.parse(asked!.text);
  assert.deepEqual(request, {
    method: 'conf',
    arguments: { with_defaults: false },
    destination: ['w1@host1'],
    pattern: null,
    matcher: null,
  });
  assert.match(ticket, /^[0-9a-f-]{36}$/);
  assert.deepEqual(Object.keys(address), ['exchange', 'routing_key']);
  assert.equal(address.exchange, 'reply.celery.pidbox');
  assert.equal(asked!.headers['clock'], 2);
});

test('the clock of whoever answers moves ours', async () => {
  await using app = make();
  await fakeNode(app, 'ahead@one');
  await app.control.ping({ limit: 1, timeout: FOR_EVER });
  assert.equal(app.clock.value, 501);
});

test('options that are wrong are refused, all at once, and nothing is sent', async () => {
  await using app = make();
  const node = await fakeNode(app, 'a@one');
  const wrong: readonly [BroadcastOptions, RegExp][] = [
    [{ destination: [] }, /leave it out to reach all/],
    [{ destination: ['a', ''] }, /destination must be/],
    [{ timeout: -1 }, /timeout must be a number of seconds/],
    [{ timeout: Number.NaN }, /timeout must be/],
    [{ limit: 0 }, /limit must be a whole number from 1/],
    [{ matcher: 'glob' }, /matcher needs a pattern/],
    [{ pattern: 'x', matcher: 'regex' as 'pcre' }, /matcher must be 'glob' or 'pcre'/],
    [{ onReply: () => {} }, /onReply needs reply: true/],
    [{ arguments: [] as unknown as Record<string, unknown> }, /arguments must be an object/],
    [{ timeuot: 1 } as BroadcastOptions, /no option timeuot; did you mean timeout\?/],
    [{ limit: -1, reply: 1 as unknown as boolean }, /limit must be .*; reply must be true or false/],
  ];
  for (const [options, reason] of wrong) {
    await assert.rejects(app.control.broadcast('ping', options), (error: Error) => {
      assert.ok(error instanceof InvalidCall);
      assert.match(error.message, /^asking workers for ping: /);
      assert.match(error.message, reason);
      return true;
    });
  }
  await assert.rejects(app.control.broadcast(''), /has a name/);
  await turn();
  assert.deepEqual(node.asked, []);
});

test('onReply that throws rejects the request', async () => {
  await using app = make();
  await fakeNode(app, 'a@one');
  const onReply = () => {
    throw new Error('mine');
  };
  await assert.rejects(app.control.ping({ timeout: FOR_EVER, onReply }), /mine/);
});

test('a broker that is away is an OperationalError in time, one without a bus ImproperlyConfigured', async () => {
  const brokerUrl = 'redis://127.0.0.1:1/0';
  await using away = new App('away', { environment: {}, brokerUrl, brokerConnectionTimeout: 0.1 });
  await assert.rejects(away.control.shutdown(), OperationalError);
  await assert.rejects(away.control.ping({ timeout: FOR_EVER }), (error: Error) => {
    assert.ok(error instanceof OperationalError);
    assert.match(error.message, /^cannot ask workers for ping: /);
    assert.ok(error.cause instanceof DriverError);
    return true;
  });
  const { driver } = fakeDriver();
  await using mute = new App('mute', { environment: {}, brokerUrl: 'fake://', drivers: [driver] });
  await assert.rejects(mute.control.ping(), (error: Error) => {
    assert.ok(error instanceof ImproperlyConfigured);
    assert.match(error.message, /cannot ask workers for ping: the broker fake:\/\/ has no way to reach them/);
    return true;
  });
});

test('closing the app ends those who wait, with an error', async () => {
  const app = make();
  const asked = await fakeNode(app, 'mute@one', () => undefined);
  const waiting = app.control.ping({ timeout: FOR_EVER });
  const refused = assert.rejects(waiting, /closed while waiting for answers of workers/);
  while (asked.asked.length === 0) await turn();
  await app.close();
  await refused;
});
