import assert from 'node:assert/strict';
import { rejectsClosed } from '../closed.ts';
import { PATIENCE_MS, settling, soon, within } from '../waiting.ts';
import { bodyOf, done, message } from './messages.ts';
import { brokerCase, LONG_LEASE_MS, takeOne } from './room.ts';

/** The end of consumers and brokers. */
export const closing = [
  brokerCase('closing a consumer ends its waiting claim', async (room) => {
    const consumer = await room.consume();
    const waiting = consumer.claim(1, new AbortController().signal);
    await settling();
    await consumer.close();
    assert.deepEqual(await soon(waiting, 'the claim to end'), []);
  }),

  brokerCase("a closed consumer's calls reject with 'closed'; closing again is fine", async (room) => {
    await room.publish('a');
    const consumer = await room.consume();
    const delivery = await takeOne(consumer);
    await consumer.close();
    await consumer.close();
    await rejectsClosed({
      claim: () => consumer.claim(1, within(PATIENCE_MS)),
      renew: () => consumer.renew([delivery]),
      settle: () => consumer.settle([done(delivery)]),
      subscribe: () => consumer.subscribe([room.queue]),
    });
  }),

  brokerCase('closing a broker closes its consumers and gives their claims up', async (room) => {
    await room.publish('a', 'b');
    const leaving = await room.world.connect();
    const busy = await room.consume({}, leaving);
    await takeOne(busy);
    const idle = await room.consume({ queues: [`${room.queue}.empty`] }, leaving);
    const waiting = idle.claim(1, new AbortController().signal);
    await settling();
    await leaving.close();
    assert.deepEqual(await soon(waiting, 'the claim to end'), []);
    const left = await room.consume();
    assert.deepEqual([bodyOf(await takeOne(left)), bodyOf(await takeOne(left))].sort(), ['a', 'b']);
    await rejectsClosed({ claim: () => busy.claim(1, within(PATIENCE_MS)) });
  }),

  brokerCase("a closed broker's calls reject with 'closed'; closing again is fine", async (room) => {
    const broker = await room.world.connect();
    await broker.publish([message(room.queue, 'a')]);
    await broker.close();
    await broker.close();
    await rejectsClosed({
      declare: () => broker.declare([{ name: room.queue }]),
      publish: () => broker.publish([message(room.queue, 'b')]),
      depth: () => broker.depth([room.queue]),
      peek: () => broker.peek(room.queue, 1),
      delayed: () => broker.delayed(room.queue, 1),
      purge: () => broker.purge(room.queue),
      hasten: () => broker.hasten(room.queue, 1),
      trim: () => broker.trim(room.queue, 1),
      consume: () =>
        broker.consume({ consumer: 'x', queues: [room.queue], prefetch: 1, leaseMs: LONG_LEASE_MS }),
    });
    assert.equal(bodyOf(await takeOne(await room.consume())), 'a');
  }),
];
