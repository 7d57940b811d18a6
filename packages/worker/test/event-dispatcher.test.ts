import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BusMessage, EventBus } from '@lovage/contracts';
import { DriverError } from '@lovage/contracts';
import { LamportClock, readEvents } from '@lovage/protocol';
import { EventDispatcher } from '../src/events/dispatcher.ts';
import { gate } from './scene.ts';

/** A bus that does with each message what the test says. */
function scene(onSend: (message: BusMessage) => void | Promise<void> = () => {}) {
  const sent: BusMessage[] = [];
  const log: string[] = [];
  const say = (message: string) => void log.push(message);
  const logger = { debug: say, info: say, warn: say, error: say, child: () => logger, enabled: () => true };
  const bus: EventBus = {
    async send(_, message) {
      await onSend(message);
      sent.push(message);
    },
    listen: () => Promise.reject(new Error('nobody listens here')),
    close: async () => {},
  };
  const clock = new LamportClock();
  const make = (taskEvents: boolean) =>
    new EventDispatcher({ bus, hostname: 'w1@host', clock, log: logger, taskEvents });
  return { sent, log, make };
}

const numbers = (messages: readonly BusMessage[]) => messages.flatMap(readEvents).map((event) => event['n']);

test('events keep their order, and those of tasks between two others travel together', async () => {
  const { sent, make } = scene();
  const dispatcher = make(true);
  dispatcher.send('worker-online', { n: 0 });
  dispatcher.sendTask('task-received', { n: 1 });
  dispatcher.sendTask('task-started', { n: 2 });
  dispatcher.send('worker-heartbeat', { n: 3 });
  await dispatcher.flush();
  assert.deepEqual(numbers(sent), [0, 1, 2, 3]);
  assert.deepEqual(
    sent.map(({ topic }) => topic),
    ['worker-online', 'task-multi', 'worker-heartbeat'],
  );
});

test('a bus that fails loses events, says so once, and goes on when it is back', async () => {
  let away = true;
  const { sent, log, make } = scene(() => {
    if (away) throw new DriverError('unavailable', 'the bus is away');
  });
  const dispatcher = make(true);
  for (let n = 0; n < 3; n += 1) {
    dispatcher.send('worker-heartbeat', { n });
    await dispatcher.flush();
  }
  away = false;
  dispatcher.send('worker-heartbeat', { n: 3 });
  await dispatcher.flush();
  assert.deepEqual(numbers(sent), [3]);
  assert.deepEqual(log, [
    'events cannot be sent and are lost meanwhile',
    'events are sent again; 3 were lost',
  ]);
});

test('a bus that hangs holds up nobody, and what waits for it is bounded: the oldest go', async () => {
  const hanging = gate();
  const { sent, log, make } = scene(() => hanging.shut);
  const dispatcher = make(true);
  dispatcher.send('worker-online', { n: -1 });
  // It is on its way, and hangs, before the others come.
  await new Promise(setImmediate);
  for (let n = 0; n < 10_500; n += 1) dispatcher.sendTask('task-started', { n });
  await dispatcher.flush();
  assert.equal(sent.length, 0, 'flush gave up');
  hanging.open();
  await dispatcher.flush();
  const kept = numbers(sent).slice(1);
  assert.equal(kept.length, 10_000);
  assert.equal(kept[0], 500);
  assert.equal(kept.at(-1), 10_499);
  assert.deepEqual(log, ['events came faster than they could be sent; 500 were lost']);
});

test('events of tasks are turned on and off, unless the worker was started with them', () => {
  const { make } = scene();
  const quiet = make(false);
  assert.equal(quiet.tasksOn, false);
  assert.equal(quiet.disable(), false);
  assert.equal(quiet.enable(), true);
  assert.equal(quiet.enable(), false);
  assert.equal(quiet.tasksOn, true);
  assert.equal(quiet.disable(), true);
  assert.equal(quiet.tasksOn, false);
  const loud = make(true);
  assert.equal(loud.enable(), false);
  assert.equal(loud.disable(), false);
  assert.equal(loud.tasksOn, true);
});
