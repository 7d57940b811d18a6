import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { readEvents } from '@lovage/protocol';
import { listen, make } from './listening.ts';
import { memoryLog } from './memory-log.ts';

test('with taskSendSentEvent every call tells of itself, with the fields and order of Celery', async () => {
  await using app = make({ taskSendSentEvent: true });
  const { bus } = await app.drivers();
  const texts: string[] = [];
  await bus!.listen('events', (message) => {
    assert.equal(message.topic, 'task-sent');
    readEvents(message);
    texts.push(Buffer.from(message.body).toString());
  });
  const { heard } = await listen(app, { wakeup: false });
  const result = await app.sendTask('tasks.add', { args: [2, 3], kwargs: { unit: 'mg' } });
  const expires = new Date('2030-01-01T00:00:00Z');
  const eta = new Date('2029-01-01T00:00:00Z');
  const bulk = await app.bulk([
    { task: 'tasks.add', args: [1], options: { queue: 'mail', eta, expires } },
    { task: 'tasks.add' },
  ]);
  const events = await heard(3);
  const { local_received: _, timestamp, clock, utcoffset, ...sent } = events[0]!;
  assert.deepEqual(sent, {
    hostname: sent.hostname,
    pid: process.pid,
    uuid: result.id,
    root_id: result.id,
    parent_id: null,
    name: 'tasks.add',
    args: '(2, 3)',
    kwargs: "{'unit': 'mg'}",
    retries: 0,
    eta: null,
    expires: null,
    queue: 'celery',
    exchange: '',
    routing_key: 'celery',
    type: 'task-sent',
  });
  assert.deepEqual(Object.keys(JSON.parse(texts[0]!)), [
    ...['hostname', 'utcoffset', 'pid', 'clock', 'uuid', 'root_id', 'parent_id', 'name', 'args', 'kwargs'],
    ...['retries', 'eta', 'expires', 'queue', 'exchange', 'routing_key', 'timestamp', 'type'],
  ]);
  assert.deepEqual(
    events
      .slice(1)
      .map(({ uuid, queue, routing_key: key, eta, expires }) => ({ uuid, queue, key, eta, expires })),
    [
      {
        uuid: bulk[0]!.id,
        queue: 'mail',
        key: 'mail',
        eta: '2029-01-01T00:00:00.000000+00:00',
        expires: '2030-01-01T00:00:00.000000+00:00',
      },
      { uuid: bulk[1]!.id, queue: 'celery', key: 'celery', eta: null, expires: null },
    ],
  );
});

test('without it no call does', async () => {
  await using app = make();
  const { events, heard } = await listen(app);
  await app.sendTask('tasks.add');
  await app.events.send('fence');
  await heard(1);
  assert.deepEqual(
    events.map(({ type }) => type),
    ['fence'],
  );
});

test('a call neither waits for its event nor fails with it; closing the app lets it leave', async () => {
  const { lines, logger } = memoryLog();
  const app = make({ taskSendSentEvent: true, logger });
  const { bus } = await app.drivers();
  const send = bus!.send.bind(bus);
  const held = Promise.withResolvers<void>();
  bus!.send = () => held.promise;
  await app.sendTask('tasks.add');
  let closed = false;
  bus!.send = () => Promise.reject(new Error('away'));
  await app.sendTask('tasks.add');
  await app.sendTask('tasks.add');
  bus!.send = send;
  const closing = app.close().then(() => {
    closed = true;
  });
  await turn();
  assert.equal(closed, false);
  held.resolve();
  await closing;
  assert.deepEqual(lines, ['warn: events task-sent are lost: away']);
});
