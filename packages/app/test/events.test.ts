import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { ReceivedEvent, ReceiverOptions, TaskSelf } from '@lovage/app';
import { ImproperlyConfigured, InvalidCall, OperationalError } from '@lovage/app';
import { json, writeEvent, writeEventBatch } from '@lovage/protocol';
import { inTask } from '../src/execution/current.ts';
import { fakeNode } from './control-node.ts';
import { fakeDriver } from './fake-driver.ts';
import { listen, make } from './listening.ts';
import { memoryLog } from './memory-log.ts';

const event = (type: string, fields: Record<string, unknown> = {}) => ({
  type,
  hostname: 'w1@host1',
  timestamp: 1_795_250_226.5,
  ...fields,
});

test('an event of one’s own is heard, with the fields that every event has', async () => {
  await using app = make();
  const { heard } = await listen(app, { wakeup: false });
  const before = Date.now() / 1000;
  await app.events.send('order-paid', { order: 42, lines: ['a'] });
  const [paid] = await heard(1);
  const { timestamp, local_received: received, utcoffset, ...rest } = paid!;
  assert.deepEqual(rest, {
    type: 'order-paid',
    hostname: rest.hostname,
    pid: process.pid,
    clock: 1,
    order: 42,
    lines: ['a'],
  });
  assert.match(rest.hostname, /^gen\d+@/);
  assert.ok(timestamp >= before && timestamp <= received && received <= Date.now() / 1000);
  assert.equal(utcoffset, Math.floor(new Date().getTimezoneOffset() / 60) + 0);
});

test('within a task an event comes from its worker, a call from the process that makes it', async () => {
  await using app = make({ taskSendSentEvent: true });
  const { heard } = await listen(app, { wakeup: false });
  const self = { app, request: { hostname: 'w1@host1', id: 't1', rootId: 't0', deliveryInfo: {} } };
  await inTask(self as unknown as TaskSelf, async () => {
    await app.events.send('order-paid');
    await app.sendTask('tasks.add');
  });
  const [paid, sent] = await heard(2);
  assert.equal(paid!.hostname, 'w1@host1');
  assert.match(sent!.hostname, /^gen\d+@/);
  assert.deepEqual([sent!['parent_id'], sent!['root_id']], ['t1', 't0']);
});

test('a batch is handed out in its order', async () => {
  await using app = make();
  const { heard } = await listen(app);
  const { bus } = await app.drivers();
  const sent = Array.from({ length: 50 }, (_, n) => event('task-started', { uuid: `t${n}`, clock: n + 1 }));
  await bus!.send('events', writeEventBatch('w1@host1', sent));
  await bus!.send('events', writeEventBatch('w1@host1', []));
  await bus!.send('events', writeEvent(event('task-succeeded', { uuid: 't0', clock: 60 })));
  const events = await heard(51);
  assert.deepEqual(
    events.map(({ clock }) => clock),
    [...sent.map((_, n) => n + 1), 60],
  );
});

test('only the wanted types are handed out, one by one or by their group', async () => {
  await using app = make();
  const { heard, events } = await listen(app, { types: ['task-failed', 'worker-*'] });
  const types = ['task-started', 'worker-online', 'task-failed-too', 'task-failed', 'worker-heartbeat'];
  for (const type of types) await app.events.send(type);
  await heard(3);
  await turn();
  assert.deepEqual(
    events.map(({ type }) => type),
    ['worker-online', 'task-failed', 'worker-heartbeat'],
  );
});

test('what is no event is left out, each reason is logged once, and the rest is heard', async () => {
  const { lines, logger } = memoryLog();
  await using app = make({ logger });
  const { heard } = await listen(app);
  const { bus } = await app.drivers();
  const send = (body: Uint8Array) => bus!.send('events', { topic: 'x', headers: {}, body });
  const wrong = [5, 'text', null, {}, { type: 'x' }, { type: 'x', hostname: 'h' }, [event('x'), 7]];
  for (const each of [...wrong, ...wrong]) await send(json.encode(each));
  await send(Buffer.from('{not json'));
  await bus!.send('events', writeEvent(event('task-started', { clock: 3 })));
  const [first] = await heard(1);
  assert.equal(first!.type, 'task-started');
  assert.equal(new Set(lines).size, lines.length, 'no line is said twice');
  assert.ok(
    lines.length >= 4 && lines.every((line) => /^warn: what came as an event was left out/.test(line)),
  );
});

test('a handler that throws, or rejects, hears on; onError is told', async () => {
  const { lines, logger } = memoryLog();
  await using app = make({ logger });
  const errors: string[] = [];
  const seen: string[] = [];
  await app.events.receiver({
    onEvent: ({ type }) => {
      seen.push(type);
      if (type === 'a') throw new Error('thrown');
      if (type === 'b') return Promise.reject(new Error('rejected'));
      return undefined;
    },
    onError: (error) => {
      errors.push(error.message);
      throw new Error('onError itself');
    },
  });
  for (const type of ['a', 'b', 'c']) await app.events.send(type);
  while (seen.length < 3 || errors.length < 2) await turn();
  assert.deepEqual(errors.sort(), ['rejected', 'thrown']);
  assert.deepEqual(lines, ['warn: a receiver’s onError failed: onError itself']);
});

test('clocks: ours follows what is heard; a call is dated by the receiver, an event without clock now', async () => {
  await using app = make();
  const { heard } = await listen(app, { wakeup: false });
  const { bus } = await app.drivers();
  const send = (type: string, fields: object) => bus!.send('events', writeEvent(event(type, { ...fields })));
  await send('worker-heartbeat', { clock: 900 });
  await send('task-sent', { clock: 7 });
  await send('worker-online', {});
  await send('worker-online', { clock: 'soon' });
  const events = await heard(4);
  assert.deepEqual(
    events.map(({ clock }) => clock),
    [900, 900, 903, 904],
  );
  assert.equal(app.clock.value, 904);
});

test('timestamps are UTC and stay as they are; localize shifts them by the zones as Celery does', async () => {
  await using app = make();
  const plain = await listen(app);
  const shifted = await listen(app, { localize: true });
  const { bus } = await app.drivers();
  const here = Math.floor(new Date().getTimezoneOffset() / 60);
  const sent = [event('a', { utcoffset: here - 5 }), event('b', { utcoffset: here }), event('c')];
  for (const each of sent) await bus!.send('events', writeEvent(each));
  const times = (events: readonly ReceivedEvent[]) =>
    events.map(({ timestamp }) => timestamp - 1_795_250_226.5);
  assert.deepEqual(times(await plain.heard(3)), [0, 0, 0]);
  assert.deepEqual(times(await shifted.heard(3)), [5 * 3600, 0, 0]);
});

test('workers are asked for a heartbeat at the start, unless that is not wanted', async () => {
  await using app = make();
  const node = await fakeNode(app, 'a@one');
  await listen(app, { wakeup: false });
  await turn();
  assert.deepEqual(node.asked, []);
  await listen(app);
  await turn();
  assert.deepEqual(
    node.asked.map(({ method, reply }) => [method, reply]),
    [['heartbeat', undefined]],
  );
});

test('a closed receiver hears nothing more; closing the app closes all', async () => {
  const app = make();
  const closed = await listen(app);
  const other = await listen(app);
  await closed.receiver.close();
  await closed.receiver.close();
  await app.events.send('x');
  await other.heard(1);
  await turn();
  assert.deepEqual(closed.events, []);
  await app.close();
  await assert.rejects(app.events.send('x'), /is closed/);
});

test('a receiver without onEvent, or with types that are none, is refused', async () => {
  await using app = make();
  await assert.rejects(app.events.receiver({} as ReceiverOptions), InvalidCall);
  await assert.rejects(app.events.receiver({ onEvent() {}, types: [] }), /types must be a list/);
});

test('an event that cannot be is refused', async () => {
  await using app = make();
  await assert.rejects(app.events.send(''), InvalidCall);
  await assert.rejects(app.events.send('order paid'), /as in 'order-paid'/);
  await assert.rejects(
    app.events.send('x', { hostname: 'forged', pid: 1 }),
    /cannot have a field hostname or pid/,
  );
  await assert.rejects(app.events.send('x', [] as unknown as Record<string, unknown>), /an object of fields/);
  await assert.rejects(app.events.send('x', { f: () => 1 }), { name: 'EncodeError' });
});

test('a broker that is away is an OperationalError, one without events ImproperlyConfigured', async () => {
  await using away = make({ brokerUrl: 'redis://127.0.0.1:1/0', brokerConnectionTimeout: 0.1 });
  await assert.rejects(away.events.send('x'), OperationalError);
  await assert.rejects(away.events.receiver({ onEvent() {} }), OperationalError);
  const { driver } = fakeDriver();
  await using mute = make({ brokerUrl: 'fake://', drivers: [driver] });
  await assert.rejects(mute.events.send('x'), ImproperlyConfigured);
  await assert.rejects(mute.events.receiver({ onEvent() {} }), /carries no events/);
});
