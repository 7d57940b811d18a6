import assert from 'node:assert/strict';
import { textOf } from '../bytes.ts';
import { applies } from '../exam.ts';
import { message } from './messages.ts';
import { brokerCase, type Room, takeBodies, takeOne } from './room.ts';

const MINUTE_MS = 60_000;

/** Publishes what is due after so many minutes. */
async function delay(room: Room, due: Readonly<Record<string, number>>): Promise<void> {
  const now = Date.now();
  await room.broker.publish(
    Object.entries(due).map(([body, minutes]) =>
      message(room.queue, body, { notBefore: now + minutes * MINUTE_MS }),
    ),
  );
}

async function counts({ broker, queue }: Room): Promise<readonly (number | undefined)[]> {
  const [depth] = await broker.depth([queue]);
  return [depth?.ready, depth?.delayed, depth?.claimed];
}

/** What is delayed may be made ready before its time, for moving a queue elsewhere. */
export const hastening = [
  brokerCase('hasten makes the soonest ready, and says how many', async (room) => {
    applies(room.broker.traits.seesHidden, 'does not see what it hides');
    await delay(room, { third: 3, first: 1, second: 2 });
    assert.equal(await room.broker.hasten(room.queue, 2), 2);
    assert.deepEqual(await counts(room), [2, 1, 0]);
    const consumer = await room.consume();
    assert.deepEqual((await takeBodies(consumer, 2)).toSorted(), ['first', 'second']);
    assert.equal(await room.broker.hasten(room.queue, 100), 1);
    assert.deepEqual(await takeBodies(consumer, 1), ['third']);
    assert.equal(await room.broker.hasten(room.queue, 100), 0);
    assert.equal(await room.broker.hasten(`${room.queue}.unknown`, 100), 0);
  }),

  brokerCase('hasten leaves what is ready, claimed, or of another queue', async (room) => {
    applies(room.broker.traits.seesHidden, 'does not see what it hides');
    const other = `${room.queue}.other`;
    await room.broker.publish([message(other, 'other', { notBefore: Date.now() + MINUTE_MS })]);
    await room.publish('claimed', 'ready');
    await delay(room, { later: 1 });
    await takeOne(await room.consume({ prefetch: 1 }));
    assert.equal(await room.broker.hasten(room.queue, 0), 0);
    assert.deepEqual(await counts(room), [1, 1, 1]);
    assert.equal(await room.broker.hasten(room.queue, 100), 1);
    assert.deepEqual(await counts(room), [2, 0, 1]);
    assert.equal((await room.broker.depth([other]))[0]?.delayed, 1);
    const bodies = (await room.broker.peek(room.queue, 10)).map((envelope) => textOf(envelope.body));
    assert.deepEqual(bodies.toSorted(), ['later', 'ready']);
  }),

  brokerCase('what is hastened keeps its place by priority, and all that it carries', async (room) => {
    applies(room.broker.traits.seesHidden, 'does not see what it hides');
    const notBefore = Date.now() + MINUTE_MS;
    const sent = message(room.queue, 'é', {
      headers: { n: [1] },
      priority: 6,
      correlationId: 'c',
      replyTo: 'r',
    });
    await room.broker.publish([message(room.queue, 'low', { priority: 0 }), { ...sent, notBefore }]);
    await room.broker.hasten(room.queue, 1);
    const [first] = await room.broker.peek(room.queue, 1);
    if (!room.broker.traits.priorities) return;
    assert.deepEqual(
      { ...first, body: [...(first?.body ?? [])] },
      { ...sent.envelope, body: [...sent.envelope.body] },
    );
  }),

  brokerCase('a consumer that waits hears of what is hastened, and may defer it again', async (room) => {
    applies(room.broker.traits.seesHidden, 'does not see what it hides');
    await delay(room, { later: 1 });
    const consumer = await room.consume();
    const waiting = takeOne(consumer);
    const elsewhere = await room.world.connect();
    assert.equal(await elsewhere.hasten(room.queue, 1), 1);
    const delivery = await waiting;
    assert.equal(textOf(delivery.envelope.body), 'later');
    await consumer.settle([{ kind: 'defer', delivery, notBefore: Date.now() + MINUTE_MS }]);
    assert.deepEqual(await counts(room), [0, 1, 0]);
  }),
];
