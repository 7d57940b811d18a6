import assert from 'node:assert/strict';
import { applies } from '../exam.ts';
import { settling } from '../waiting.ts';
import { done, message, numbers } from './messages.ts';
import { assertDrained, brokerCase, type Room, take, takeBodies, takeOne } from './room.ts';

/** A store may have to prepare for what waits: what follows is not due before it is sent. */
async function firstDelayed({ broker, queue }: Room): Promise<void> {
  await broker.publish([message(queue, 'far away', { notBefore: Date.now() + 60_000 })]);
}

/** `notBefore`. */
export const delays = [
  brokerCase('a delayed message is never early', async (room) => {
    const consumer = await room.consume();
    await firstDelayed(room);
    const due = Date.now() + 300;
    await room.broker.publish([message(room.queue, 'later', { notBefore: due }), message(room.queue, 'now')]);
    assert.deepEqual(await takeBodies(consumer, 1), ['now']);
    assert.deepEqual(await takeBodies(consumer, 1), ['later']);
    assert.ok(Date.now() >= due, `early by ${due - Date.now()} ms`);
  }),

  brokerCase('a waiting claim wakes for what falls due, whoever sent it', async (room) => {
    const waiting = takeOne(await room.consume());
    await settling();
    const due = Date.now() + 150;
    await (await room.world.connect()).publish([message(room.queue, 'due', { notBefore: due })]);
    await waiting;
    assert.ok(Date.now() >= due, `early by ${due - Date.now()} ms`);
  }),

  brokerCase('delays do not block each other', async (room) => {
    await firstDelayed(room);
    const now = Date.now();
    await room.broker.publish([
      message(room.queue, 'slow', { notBefore: now + 60_000 }),
      // Long after the first: a stall that both outlast would let them come in any order.
      message(room.queue, 'second', { notBefore: now + 800 }),
      message(room.queue, 'first', { notBefore: now + 100 }),
    ]);
    assert.deepEqual(await takeBodies(await room.consume({ prefetch: 1 }), 1), ['first']);
    assert.deepEqual(await takeBodies(await room.consume(), 1), ['second']);
  }),

  brokerCase('a delay in the past is no delay', async (room) => {
    await room.broker.publish([message(room.queue, 'past', { notBefore: Date.now() - 1000 })]);
    await room.publish('now');
    assert.deepEqual(await takeBodies(await room.consume(), 2), ['past', 'now']);
  }),

  brokerCase('a delayed message is whole', async (room) => {
    const sent = message(room.queue, 'é', {
      headers: { n: [1] },
      priority: 6,
      correlationId: 'c',
      replyTo: 'r',
    });
    await room.broker.publish([{ ...sent, notBefore: Date.now() + 50 }]);
    const { envelope, deliveries, redelivered } = await takeOne(await room.consume());
    assert.deepEqual(
      { ...envelope, body: [...envelope.body] },
      { ...sent.envelope, body: [...sent.envelope.body] },
    );
    assert.deepEqual([deliveries, redelivered], [1, false]);
  }),

  brokerCase('what has fallen due keeps its priority', async (room) => {
    applies(room.broker.traits.priorities, 'knows no priorities');
    const due = Date.now() + 100;
    await room.broker.publish([
      message(room.queue, 'low', { priority: 0 }),
      message(room.queue, 'high', { priority: 9, notBefore: due }),
      message(room.queue, 'tick', { priority: 9, notBefore: due }),
    ]);
    // They are ready once one that is due later, in another queue, has come.
    const clock = `${room.queue}.clock`;
    await room.broker.declare([{ name: clock }]);
    await room.broker.publish([
      message(clock, 'rang', { notBefore: due + room.broker.traits.delayPrecisionMs }),
    ]);
    await takeOne(await room.consume({ queues: [clock] }));
    assert.deepEqual((await takeBodies(await room.consume(), 3)).at(-1), 'low');
  }),

  brokerCase('thousands of parked messages do not hold up what is ready', async (room) => {
    const notBefore = Date.now() + 600_000;
    await room.broker.publish(numbers(5000).map((i) => message(room.queue, `parked ${i}`, { notBefore })));
    const consumer = await room.consume();
    await room.publish(...numbers(100));
    const got = await take(consumer, 100);
    assert.deepEqual(await consumer.settle(got.map(done)), []);
    await assertDrained(room, consumer);
    if (room.broker.traits.seesHidden) assert.equal(await room.broker.purge(room.queue), 5000);
  }),
];
