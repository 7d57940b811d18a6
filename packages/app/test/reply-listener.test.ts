import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { BusListener, BusMessage, EventBus } from '@lovage/contracts';
import { DriverError } from '@lovage/contracts';
import { LamportClock, writeControlReply } from '@lovage/protocol';
import { ReplyListener } from '../src/control/reply-listener.ts';
import { memoryLog } from './memory-log.ts';

/** A bus that notes what is opened and closed, and closes when the test says so. */
function fakeBus() {
  const happened: string[] = [];
  let tell: (message: BusMessage) => void = () => {};
  let closed = Promise.withResolvers<void>();
  closed.resolve();
  const bus = {
    async listen(channel: string, onMessage: (message: BusMessage) => void): Promise<BusListener> {
      happened.push(`open ${channel}`);
      tell = onMessage;
      return {
        async close() {
          happened.push('closing');
          await closed.promise;
          happened.push('closed');
        },
      };
    },
  };
  return {
    bus: bus as unknown as EventBus,
    happened,
    tell: (message: BusMessage) => tell(message),
    holdClosing() {
      closed = Promise.withResolvers();
      return () => closed.resolve();
    },
  };
}

const { logger: log } = memoryLog();
const listenerOf = (bus: EventBus, idleMs: number) =>
  new ReplyListener({ bus, oid: 'me', clock: new LamportClock(), log, idleMs });

const until = async (is: () => boolean) => {
  while (!is()) await turn();
};

test('the queue of answers is removed when nobody has asked for a while, and made again when somebody does', async () => {
  const { bus, happened } = fakeBus();
  const replies = listenerOf(bus, 1);
  (await replies.expect('t1', () => {}))();
  await until(() => happened.includes('closed'));
  (await replies.expect('t2', () => {}))();
  assert.deepEqual(happened.slice(0, 4), ['open reply:me', 'closing', 'closed', 'open reply:me']);
  await replies.close();
  assert.equal(happened.at(-1), 'closed');
});

test('it stays while anybody waits', async () => {
  const { bus, happened } = fakeBus();
  const replies = listenerOf(bus, 1);
  const first = await replies.expect('t1', () => {});
  const second = await replies.expect('t2', () => {});
  first();
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(happened, ['open reply:me']);
  second();
  await until(() => happened.includes('closed'));
});

test('who asks while it closes waits for that: closing would remove the new queue', async () => {
  const { bus, happened, holdClosing } = fakeBus();
  const release = holdClosing();
  const replies = listenerOf(bus, 0);
  (await replies.expect('t1', () => {}))();
  await until(() => happened.includes('closing'));
  const again = replies.expect('t2', () => {});
  await turn();
  assert.deepEqual(happened, ['open reply:me', 'closing']);
  release();
  await again;
  assert.deepEqual(happened, ['open reply:me', 'closing', 'closed', 'open reply:me']);
});

test('an opening that failed is tried again by the next who asks', async () => {
  const { bus, tell } = fakeBus();
  const { listen } = bus;
  bus.listen = () => Promise.reject(new DriverError('unavailable', 'away'));
  const replies = listenerOf(bus, 1000);
  await assert.rejects(
    replies.expect('t1', () => {}),
    /away/,
  );
  assert.equal(replies.waiting, 0);
  bus.listen = listen;
  const heard: unknown[] = [];
  await replies.expect('t2', ({ answer }) => heard.push(answer));
  tell(writeControlReply('n@h', 'late', { ticket: 't1', clock: 1 }));
  tell(writeControlReply('n@h', 'here', { ticket: 't2', clock: 1 }));
  assert.deepEqual(heard, ['here']);
  await replies.close();
});
