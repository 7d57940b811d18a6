import assert from 'node:assert/strict';
import { textOf } from '../bytes.ts';
import { applies } from '../exam.ts';
import { sleep } from '../waiting.ts';
import { message } from './messages.ts';
import { brokerCase, type Room, takeBodies, takeOne } from './room.ts';

const MINUTE_MS = 60_000;

/** The bodies of what `delayed` shows. */
async function shown({ broker }: Room, queue: string, limit: number): Promise<string[]> {
  return (await broker.delayed(queue, limit)).map(({ envelope }) => textOf(envelope.body));
}

/** A look at what is delayed. */
export const delayed = [
  brokerCase('delayed shows the soonest first, and leaves them', async (room) => {
    applies(room.broker.traits.seesHidden, 'does not see what it hides');
    const now = Date.now();
    await room.publish('ready', 'claimed');
    await room.broker.publish([
      message(room.queue, 'third', { notBefore: now + 3 * MINUTE_MS, priority: 9 }),
      message(room.queue, 'first', { notBefore: now + MINUTE_MS, priority: 0 }),
      message(room.queue, 'second', { notBefore: now + 2 * MINUTE_MS }),
    ]);
    const elsewhere = await room.world.connect();
    await elsewhere.publish([message(room.queue, 'fourth', { notBefore: now + 4 * MINUTE_MS })]);
    await takeOne(await room.consume({ prefetch: 1 }));
    assert.deepEqual(await shown(room, room.queue, 2), ['first', 'second']);
    assert.deepEqual(await shown(room, room.queue, 100), ['first', 'second', 'third', 'fourth']);
    assert.deepEqual(await shown(room, room.queue, 0), []);
    assert.deepEqual(await shown(room, `${room.queue}.unknown`, 5), []);
    assert.equal((await room.broker.depth([room.queue]))[0]?.delayed, 4);
  }),

  brokerCase('delayed shows messages whole, and when they are due', async (room) => {
    applies(room.broker.traits.seesHidden, 'does not see what it hides');
    const notBefore = Date.now() + MINUTE_MS;
    const sent = message(room.queue, 'é', {
      headers: { n: [1], é: null },
      priority: 6,
      correlationId: 'c',
      replyTo: 'r',
    });
    await room.broker.publish([{ ...sent, notBefore }]);
    const [found] = await room.broker.delayed(room.queue, 1);
    assert.ok(found);
    assert.equal(found.notBefore, notBefore);
    assert.deepEqual(
      { ...found.envelope, body: [...found.envelope.body] },
      { ...sent.envelope, body: [...sent.envelope.body] },
    );
  }),

  brokerCase('delayed shows what was deferred, with its new time', async (room) => {
    applies(room.broker.traits.seesHidden, 'does not see what it hides');
    await room.publish('early');
    const consumer = await room.consume();
    const delivery = await takeOne(consumer);
    const notBefore = Date.now() + MINUTE_MS;
    await consumer.settle([{ kind: 'defer', delivery, notBefore }]);
    const found = await room.broker.delayed(room.queue, 5);
    assert.deepEqual(
      found.map((each) => [textOf(each.envelope.body), each.notBefore]),
      [['early', notBefore]],
    );
  }),

  brokerCase('what has fallen due and been claimed is not delayed any more', async (room) => {
    applies(room.broker.traits.seesHidden, 'does not see what it hides');
    await room.broker.publish([
      message(room.queue, 'soon', { notBefore: Date.now() + 100 }),
      message(room.queue, 'later', { notBefore: Date.now() + MINUTE_MS }),
    ]);
    assert.deepEqual(await takeBodies(await room.consume({ prefetch: 1 }), 1), ['soon']);
    assert.deepEqual(await shown(room, room.queue, 5), ['later']);
  }),

  brokerCase('what falls due is seen all the time, as delayed or as ready', async (room) => {
    applies(room.broker.traits.seesHidden, 'does not see what it hides');
    const due = Date.now() + 500;
    await room.broker.publish([message(room.queue, 'soon', { notBefore: due })]);
    do {
      // In the order in which it moves: whoever looks at the ready ones first may miss it in between.
      const hidden = await shown(room, room.queue, 5);
      const ready = await room.broker.peek(room.queue, 5);
      assert.ok(hidden.length + ready.length >= 1, 'neither shows it');
      if (Date.now() < due) assert.deepEqual(hidden, ['soon']);
      await sleep(2);
    } while (Date.now() < due + 100);
  }),
];
