import assert from 'node:assert/strict';
import { textOf } from '../bytes.ts';
import { applies } from '../exam.ts';
import { message, messages, numbers } from './messages.ts';
import { brokerCase, type Room, takeOne } from './room.ts';

async function ready({ broker }: Room, queue: string): Promise<string[]> {
  return (await broker.peek(queue, 10_000)).map((envelope) => textOf(envelope.body));
}

/** Queues that must not grow without end. */
export const trimming = [
  brokerCase('trim drops the oldest and says how many', async (room) => {
    await room.publish('a', 'b', 'c', 'd', 'e');
    assert.equal(await room.broker.trim(room.queue, 3), 2);
    assert.deepEqual(await ready(room, room.queue), ['c', 'd', 'e']);
    assert.equal(await room.broker.trim(room.queue, 3), 0);
    assert.equal(await room.broker.trim(room.queue, 100), 0);
    assert.deepEqual(await ready(room, room.queue), ['c', 'd', 'e']);
    assert.equal(await room.broker.trim(`${room.queue}.unknown`, 3), 0);
    assert.equal(await room.broker.trim(room.queue, 0), 3);
    assert.deepEqual(await ready(room, room.queue), []);
  }),

  brokerCase('trim leaves what is claimed or delayed', async (room) => {
    await room.publish('claimed', 'b', 'c');
    await room.broker.publish([message(room.queue, 'later', { notBefore: Date.now() + 60_000 })]);
    const consumer = await room.consume({ prefetch: 1 });
    const claimed = await takeOne(consumer);
    assert.equal(await room.broker.trim(room.queue, 1), 1);
    assert.deepEqual(await ready(room, room.queue), ['c']);
    if (room.broker.traits.seesHidden) {
      const [depth] = await room.broker.depth([room.queue]);
      assert.deepEqual([depth?.delayed, depth?.claimed], [1, 1]);
    }
    assert.deepEqual(await consumer.settle([{ kind: 'release', delivery: claimed }]), []);
    assert.deepEqual((await ready(room, room.queue)).sort(), ['c', 'claimed']);
  }),

  brokerCase('trim drops the least urgent first', async (room) => {
    applies(room.broker.traits.priorities, 'knows no priorities');
    const send = (body: string, priority: number) => message(room.queue, body, { priority });
    await room.broker.publish([send('low 1', 0), send('high', 9), send('low 2', 0), send('middle', 6)]);
    assert.equal(await room.broker.trim(room.queue, 3), 1);
    assert.deepEqual(await ready(room, room.queue), ['high', 'middle', 'low 2']);
    assert.equal(await room.broker.trim(room.queue, 1), 2);
    assert.deepEqual(await ready(room, room.queue), ['high']);
  }),

  brokerCase('trim leaves other queues alone', async (room) => {
    const other = `${room.queue}.other`;
    await room.broker.declare([{ name: other }]);
    await room.broker.publish(messages(other, ['kept', 'kept too']));
    await room.publish('a', 'b');
    assert.equal(await room.broker.trim(room.queue, 0), 2);
    assert.deepEqual(await ready(room, other), ['kept', 'kept too']);
  }),

  brokerCase('several that trim at once drop no more than one would', async (room) => {
    const brokers = [room.broker, await room.world.connect(), await room.world.connect()];
    await room.publish(...numbers(500));
    const dropped = await Promise.all([...brokers, ...brokers].map((broker) => broker.trim(room.queue, 100)));
    assert.equal(
      dropped.reduce((sum, each) => sum + each, 0),
      400,
    );
    assert.deepEqual(
      await ready(room, room.queue),
      numbers(100).map((i) => String(400 + i)),
    );
  }),
];
