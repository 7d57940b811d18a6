import assert from 'node:assert/strict';
import { bodyOf, done, message, messages, numbers } from './messages.ts';
import { assertDrained, brokerCase, take, takeBodies, takeOne } from './room.ts';

/** The three endings of a delivery. */
export const settling = [
  brokerCase('release gives it back near the head', async (room) => {
    await room.publish('a', ...numbers(20));
    const consumer = await room.consume({ prefetch: 1 });
    assert.deepEqual(await consumer.settle([{ kind: 'release', delivery: await takeOne(consumer) }]), []);
    const next: string[] = [];
    while (!next.includes('a') && next.length < 3) {
      const delivery = await takeOne(consumer);
      next.push(bodyOf(delivery));
      await consumer.settle([done(delivery)]);
    }
    assert.equal(next.at(-1), 'a', `after a release came ${next}`);
  }),

  brokerCase('release does not count, but marks it redelivered', async (room) => {
    await room.publish('a');
    const consumer = await room.consume();
    for (const redelivered of [false, true, true]) {
      const delivery = await takeOne(consumer);
      assert.deepEqual([delivery.deliveries, delivery.redelivered], [1, redelivered]);
      await consumer.settle([{ kind: 'release', delivery }]);
    }
  }),

  brokerCase('release as lost counts, exactly', async (room) => {
    await room.publish('a');
    const consumer = await room.consume();
    const counts: number[] = [];
    for (const lost of [true, true, false, true, false]) {
      const delivery = await takeOne(consumer);
      counts.push(delivery.deliveries);
      assert.equal(delivery.redelivered, counts.length > 1);
      await consumer.settle([{ kind: 'release', delivery, lost }]);
    }
    assert.deepEqual(counts, [1, 2, 3, 3, 4]);
    assert.equal((await takeOne(consumer)).deliveries, 4);
  }),

  brokerCase('what was released is the same message', async (room) => {
    const sent = message(room.queue, 'é', {
      headers: { task: 'x', n: 1 },
      priority: 6,
      correlationId: 'c',
      replyTo: 'r',
    });
    await room.broker.publish([sent]);
    const consumer = await room.consume();
    await consumer.settle([{ kind: 'release', delivery: await takeOne(consumer), lost: true }]);
    const { envelope } = await takeOne(consumer);
    const { headers, body, ...rest } = envelope;
    const { headers: sentHeaders, body: sentBody, ...sentRest } = sent.envelope;
    assert.deepEqual(rest, sentRest);
    assert.deepEqual([...body], [...sentBody]);
    // A driver may add what it needs to recognise it, under names of its own.
    for (const [name, value] of Object.entries(sentHeaders)) assert.deepEqual(headers[name], value);
  }),

  brokerCase('reject drops', async (room) => {
    await room.publish('a');
    const consumer = await room.consume();
    assert.deepEqual(await consumer.settle([{ kind: 'reject', delivery: await takeOne(consumer) }]), []);
    await assertDrained(room, consumer);
  }),

  brokerCase('reject goes to the dead-letter queue', async (room) => {
    const dead = `${room.queue}.dead`;
    const source = `${room.queue}.source`;
    await room.broker.declare([{ name: dead }, { name: source, deadLetter: dead }]);
    await room.broker.publish(messages(source, ['bad', 'good']));
    const consumer = await room.consume({ queues: [source] });
    const [bad, good] = await take(consumer, 2);
    await consumer.settle([{ kind: 'reject', delivery: bad! }, done(good!)]);
    const coroner = await room.consume({ queues: [dead] });
    assert.deepEqual(await takeBodies(coroner, 1), ['bad']);
    const [depth] = await room.broker.depth([dead]);
    assert.equal(depth?.ready, 0);
  }),

  brokerCase('settling twice does nothing twice', async (room) => {
    await room.publish('once');
    const consumer = await room.consume();
    const delivery = await takeOne(consumer);
    const settlement = { kind: 'done', delivery, followUps: messages(room.queue, ['next']) } as const;
    assert.deepEqual(await consumer.settle([settlement]), []);
    assert.deepEqual(await consumer.settle([settlement]), [delivery]);
    assert.deepEqual(await consumer.settle([{ kind: 'release', delivery }]), [delivery]);
    assert.deepEqual(await takeBodies(consumer, 1), ['next']);
    await assertDrained(room, consumer);
  }),

  brokerCase('one settle takes many kinds', async (room) => {
    await room.publish('a', 'b', 'c');
    const consumer = await room.consume({ prefetch: 3 });
    const [a, b, c] = await take(consumer, 3);
    const lost = await consumer.settle([
      { kind: 'done', delivery: a!, followUps: messages(room.queue, ['d']) },
      { kind: 'release', delivery: b! },
      { kind: 'reject', delivery: c! },
    ]);
    assert.deepEqual(lost, []);
    assert.deepEqual((await takeBodies(consumer, 2)).sort(), ['b', 'd']);
    await assertDrained(room, consumer);
  }),

  brokerCase('hundreds are settled in one call', async (room) => {
    await room.publish(...numbers(500));
    const consumer = await room.consume({ prefetch: 500 });
    const got = await take(consumer, 500);
    assert.deepEqual(await consumer.settle(got.map(done)), []);
    assert.deepEqual(await consumer.settle(got.map(done)), got);
    await assertDrained(room, consumer);
  }),

  brokerCase('nothing at all may be published, declared, settled, renewed', async (room) => {
    const consumer = await room.consume();
    await room.broker.publish([]);
    await room.broker.declare([]);
    assert.deepEqual(await consumer.settle([]), []);
    assert.deepEqual(await consumer.renew([]), []);
    assert.deepEqual(await room.broker.depth([]), []);
    await assertDrained(room, consumer);
  }),
];
