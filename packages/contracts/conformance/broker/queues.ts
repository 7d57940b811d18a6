import assert from 'node:assert/strict';
import { applies } from '../exam.ts';
import { settling, within } from '../waiting.ts';
import { bodyOf, done, message, messages } from './messages.ts';
import { brokerCase, takeBodies, takeOne } from './room.ts';

/** Queues as such. */
export const queues = [
  brokerCase('subscribe changes the queues', async (room) => {
    const other = `${room.queue}.other`;
    await room.broker.declare([{ name: other }]);
    const consumer = await room.consume();
    await consumer.subscribe([other]);
    await room.publish('old');
    await room.broker.publish([message(other, 'new')]);
    assert.deepEqual(await takeBodies(consumer, 1), ['new']);
    assert.equal((await room.broker.depth([room.queue]))[0]?.ready, 1);
  }),

  brokerCase('subscribe reaches a claim that waits', async (room) => {
    const other = `${room.queue}.other`;
    await room.broker.declare([{ name: other }]);
    await room.broker.publish([message(other, 'there')]);
    const consumer = await room.consume();
    const waiting = takeBodies(consumer, 1);
    await settling();
    await consumer.subscribe([room.queue, other]);
    assert.deepEqual(await waiting, ['there']);
  }),

  brokerCase('subscribed to nothing, a claim waits', async (room) => {
    await room.publish('a');
    const consumer = await room.consume({ queues: [] });
    assert.deepEqual(await consumer.claim(1, within(100)), []);
    await consumer.subscribe([room.queue]);
    assert.deepEqual(await takeBodies(consumer, 1), ['a']);
  }),

  brokerCase('depth counts', async (room) => {
    await room.publish('a', 'b', 'c');
    await room.broker.publish([message(room.queue, 'later', { notBefore: Date.now() + 60_000 })]);
    const consumer = await room.consume({ prefetch: 1 });
    const held = await takeOne(consumer);
    const count = async () => (await room.broker.depth([room.queue]))[0]!;
    const { ready, delayed, claimed } = await count();
    assert.equal(ready, 2);
    if (room.broker.traits.seesHidden) assert.deepEqual([delayed, claimed], [1, 1]);
    await consumer.settle([done(held)]);
    assert.equal((await count()).ready, 2);
    if (room.broker.traits.seesHidden) assert.equal((await count()).claimed, 0);
  }),

  brokerCase('depth answers in the order asked; an unknown queue is empty', async (room) => {
    const [unknown, other] = [`${room.queue}.unknown`, `${room.queue}.other`];
    await room.broker.publish(messages(other, ['x']));
    await room.publish('a', 'b');
    const nothing = { delayed: 0, claimed: 0 };
    assert.deepEqual(await room.broker.depth([other, unknown, room.queue]), [
      { queue: other, ready: 1, ...nothing },
      { queue: unknown, ready: 0, ...nothing },
      { queue: room.queue, ready: 2, ...nothing },
    ]);
  }),

  brokerCase('peek shows what would come next, and leaves it', async (room) => {
    await room.publish('a', 'b', 'c', 'd');
    await room.broker.publish([message(room.queue, 'later', { notBefore: Date.now() + 60_000 })]);
    const consumer = await room.consume();
    await takeOne(consumer);
    const peek = async (limit: number) =>
      (await room.broker.peek(room.queue, limit)).map((envelope) => new TextDecoder().decode(envelope.body));
    assert.deepEqual(await peek(2), ['b', 'c']);
    assert.deepEqual(await peek(100), ['b', 'c', 'd']);
    assert.deepEqual(await peek(0), []);
    assert.deepEqual(await room.broker.peek(`${room.queue}.unknown`, 5), []);
    assert.deepEqual(await takeBodies(consumer, 3), ['b', 'c', 'd']);
  }),

  brokerCase('peek shows the urgent first', async (room) => {
    applies(room.broker.traits.priorities, 'knows no priorities');
    await room.broker.publish([0, 6, 3].map((n) => message(room.queue, String(n), { priority: n })));
    const seen = await room.broker.peek(room.queue, 2);
    assert.deepEqual(
      seen.map((envelope) => envelope.priority),
      [6, 3],
    );
  }),

  brokerCase('purge drops what is ready or delayed, not what is claimed', async (room) => {
    await room.publish('mine', 'b', 'c');
    await room.broker.publish([message(room.queue, 'later', { notBefore: Date.now() + 60_000 })]);
    const consumer = await room.consume({ prefetch: 1 });
    const mine = await takeOne(consumer);
    const { seesHidden } = room.broker.traits;
    assert.equal(await room.broker.purge(room.queue), seesHidden ? 3 : 2);
    const [depth] = await room.broker.depth([room.queue]);
    assert.equal(depth?.ready, 0);
    if (seesHidden) assert.deepEqual([depth.delayed, depth.claimed], [0, 1]);
    assert.deepEqual(await consumer.settle([{ kind: 'release', delivery: mine }]), []);
    assert.equal(bodyOf(await takeOne(consumer)), 'mine');
    assert.equal(await room.broker.purge(`${room.queue}.unknown`), 0);
  }),

  brokerCase('purge leaves other queues alone', async (room) => {
    const other = `${room.queue}.other`;
    await room.broker.declare([{ name: other }]);
    await room.publish('a');
    await room.broker.publish(messages(other, ['kept']));
    assert.equal(await room.broker.purge(room.queue), 1);
    assert.deepEqual(await takeBodies(await room.consume({ queues: [room.queue, other] }), 1), ['kept']);
  }),

  brokerCase('declare may race and repeat', async (room) => {
    const others = await Promise.all([room.world.connect(), room.world.connect()]);
    const race = `${room.queue}.race`;
    const everyone = [room.broker, ...others];
    await Promise.all(
      everyone.flatMap((each) => [each.declare([{ name: race }]), each.declare([{ name: room.queue }])]),
    );
    await room.broker.publish(messages(race, ['a']));
    await room.broker.declare([{ name: race }]);
    assert.deepEqual(await takeBodies(await room.consume({ queues: [race] }), 1), ['a']);
  }),
];
