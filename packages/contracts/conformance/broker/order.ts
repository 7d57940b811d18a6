import assert from 'node:assert/strict';
import { applies } from '../exam.ts';
import { PATIENCE_MS, within } from '../waiting.ts';
import { bodyOf, done, message, messages, numbers } from './messages.ts';
import { brokerCase, takeBodies } from './room.ts';

/** Who goes first. Priorities are steps of 3: that many Redis tells apart. */
export const order = [
  brokerCase('one publish keeps its order', async (room) => {
    const bodies = numbers(120).map(String);
    await room.publish(...bodies);
    assert.deepEqual(await takeBodies(await room.consume({ prefetch: 200 }), 120), bodies);
  }),

  brokerCase('publishes one after the other keep their order', async (room) => {
    const bodies = numbers(20).map(String);
    for (const body of bodies) await room.publish(body);
    assert.deepEqual(await takeBodies(await room.consume(), 20), bodies);
  }),

  brokerCase('urgent goes first', async (room) => {
    applies(room.broker.traits.priorities, 'knows no priorities');
    await room.broker.publish([0, 3, 9, 6].map((n) => message(room.queue, String(n), { priority: n })));
    assert.deepEqual(await takeBodies(await room.consume(), 4), ['9', '6', '3', '0']);
  }),

  brokerCase('urgent overtakes what was sent before', async (room) => {
    applies(room.broker.traits.priorities, 'knows no priorities');
    for (const priority of [0, 9])
      await room.broker.publish([message(room.queue, `p${priority}`, { priority })]);
    const consumer = await room.consume({ prefetch: 1 });
    assert.deepEqual(await takeBodies(consumer, 1), ['p9']);
  }),

  brokerCase('each priority keeps its order within one publish', async (room) => {
    applies(room.broker.traits.priorities, 'knows no priorities');
    const mixed = numbers(40).map((i) =>
      message(room.queue, `${(i % 4) * 3}:${i}`, { priority: (i % 4) * 3 }),
    );
    await room.broker.publish(mixed);
    const expected = [9, 6, 3, 0].flatMap((p) =>
      numbers(40)
        .filter((i) => (i % 4) * 3 === p)
        .map((i) => `${p}:${i}`),
    );
    assert.deepEqual(await takeBodies(await room.consume(), 40), expected);
  }),

  brokerCase('no priority is as urgent as the traits say', async (room) => {
    const { priorities, unprioritised } = room.broker.traits;
    applies(priorities, 'knows no priorities');
    // Among those of its urgency it keeps its turn.
    const priority = unprioritised === 'first' ? 9 : 0;
    await room.broker.publish([
      message(room.queue, 'before', { priority }),
      message(room.queue, 'none'),
      message(room.queue, 'after', { priority }),
      message(room.queue, 'six', { priority: 6 }),
    ]);
    const peers = ['before', 'none', 'after'];
    assert.deepEqual(
      await takeBodies(await room.consume(), 4),
      unprioritised === 'first' ? [...peers, 'six'] : ['six', ...peers],
    );
  }),

  brokerCase('a released message keeps its priority', async (room) => {
    applies(room.broker.traits.priorities, 'knows no priorities');
    await room.broker.publish([message(room.queue, 'low', { priority: 0 })]);
    const consumer = await room.consume();
    const [low] = await consumer.claim(1, within(PATIENCE_MS));
    await room.broker.publish([message(room.queue, 'high', { priority: 6 })]);
    await consumer.settle([{ kind: 'release', delivery: low! }]);
    assert.deepEqual(await takeBodies(consumer, 2), ['high', 'low']);
  }),

  brokerCase('a backlog in one queue does not starve another', async (room) => {
    const [big, small] = [`${room.queue}.big`, `${room.queue}.small`];
    await room.broker.declare([{ name: big }, { name: small }]);
    for (const queues of [
      [big, small],
      [small, big],
    ]) {
      await room.broker.publish(
        messages(
          big,
          numbers(200).map((i) => `big ${i}`),
        ),
      );
      await room.broker.publish(
        messages(
          small,
          numbers(200).map((i) => `small ${i}`),
        ),
      );
      const consumer = await room.consume({ queues, prefetch: 10 });
      const seen = { big: 0, small: 0 };
      while (seen.big + seen.small < 100) {
        const got = await consumer.claim(10, within(PATIENCE_MS));
        assert.notEqual(got.length, 0, 'waited too long');
        for (const each of got) seen[bodyOf(each).startsWith('big') ? 'big' : 'small'] += 1;
        await consumer.settle(got.map(done));
      }
      assert.ok(seen.big >= 20 && seen.small >= 20, `of the first 100: ${JSON.stringify(seen)}`);
      await consumer.close();
      for (const queue of queues) await room.broker.purge(queue);
    }
  }),
];
