import assert from 'node:assert/strict';
import { bytesOf, plain } from '../bytes.ts';
import { PATIENCE_MS, settling, sleep, soon, within } from '../waiting.ts';
import { bodyOf, done, message, numbers } from './messages.ts';
import { assertDrained, brokerCase, take, takeBodies, takeOne } from './room.ts';

/** From publisher to consumer. */
export const claiming = [
  brokerCase('a message is claimed, done, gone', async (room) => {
    await room.publish('a');
    const consumer = await room.consume();
    const delivery = await takeOne(consumer);
    assert.equal(bodyOf(delivery), 'a');
    assert.equal(delivery.queue, room.queue);
    assert.equal(delivery.deliveries, 1);
    assert.equal(delivery.redelivered, false);
    assert.deepEqual(await consumer.settle([done(delivery)]), []);
    await assertDrained(room, consumer);
  }),

  brokerCase('the envelope survives the trip', async (room) => {
    const sent = message(room.queue, '', {
      headers: { task: 'x', nested: { n: 1, list: [1, null, 'é', true, 0.5] }, eta: null, 'ünï☃': '😀\0' },
      body: Uint8Array.from(numbers(256)),
      contentType: 'application/x-octets',
      contentEncoding: 'binary',
      priority: 3,
      correlationId: 'c1',
      replyTo: 'r1',
    });
    await room.broker.publish([sent]);
    const { envelope, fault } = await takeOne(await room.consume());
    assert.equal(fault, undefined);
    assert.deepEqual(
      { ...envelope, body: plain(envelope.body) },
      { ...sent.envelope, body: plain(sent.envelope.body) },
    );
  }),

  brokerCase('what the sender left out stays out', async (room) => {
    const sent = message(room.queue, '{}');
    await room.broker.publish([sent]);
    const { envelope } = await takeOne(await room.consume());
    assert.deepEqual({ ...envelope, body: [] }, { ...sent.envelope, body: [] });
  }),

  brokerCase('good messages have no fault', async (room) => {
    const bodies = [new Uint8Array(), bytesOf('not json {'), Uint8Array.of(0xff, 0xfe, 0), bytesOf('"é"')];
    await room.broker.publish(bodies.map((body) => message(room.queue, '', { body, headers: {} })));
    const got = await take(await room.consume(), bodies.length);
    assert.deepEqual(
      got.map((each) => [each.fault, plain(each.envelope.body)]),
      bodies.map((body) => [undefined, plain(body)]),
    );
  }),

  brokerCase('a large body passes', async (room) => {
    await room.publish('x'.repeat(1_000_000));
    assert.equal(bodyOf(await takeOne(await room.consume())).length, 1_000_000);
  }),

  brokerCase('claim never exceeds max', async (room) => {
    await room.publish(...numbers(10));
    const consumer = await room.consume();
    for (const max of [1, 3]) {
      const got = await consumer.claim(max, within(PATIENCE_MS));
      assert.ok(got.length >= 1 && got.length <= max, `${got.length} deliveries for a claim of ${max}`);
    }
  }),

  brokerCase('claim never holds more than prefetch', async (room) => {
    await room.publish(...numbers(10));
    const consumer = await room.consume({ prefetch: 4 });
    const held = await take(consumer, 4);
    assert.deepEqual(await consumer.claim(4, within(150)), []);
    await consumer.settle(held.map(done));
    assert.equal((await take(consumer, 4)).length, 4);
  }),

  brokerCase('a claim that waits for room goes on when something is settled', async (room) => {
    await room.publish('a', 'b');
    const consumer = await room.consume({ prefetch: 1 });
    const a = await takeOne(consumer);
    const waiting = consumer.claim(1, within(PATIENCE_MS));
    await settling();
    await consumer.settle([done(a)]);
    assert.deepEqual((await waiting).map(bodyOf), ['b']);
  }),

  brokerCase('claim waits for a message, whoever sends it', async (room) => {
    const consumer = await room.consume();
    const other = await room.world.connect();
    for (const [body, from] of [
      ['near', room.broker],
      ['far', other],
    ] as const) {
      const waiting = consumer.claim(1, within(PATIENCE_MS));
      await settling();
      await from.publish([message(room.queue, body)]);
      assert.deepEqual((await waiting).map(bodyOf), [body]);
    }
  }),

  brokerCase('an aborted claim resolves empty and loses nothing', async (room) => {
    const consumer = await room.consume();
    const abort = new AbortController();
    const waiting = consumer.claim(1, abort.signal);
    await settling();
    abort.abort();
    assert.deepEqual(await soon(waiting, 'the claim to end'), []);
    assert.deepEqual(await soon(consumer.claim(1, abort.signal), 'the claim to end'), []);
    await room.publish('kept');
    assert.deepEqual(await takeBodies(consumer, 1), ['kept']);
  }),

  brokerCase('an abort at any moment of a claim loses nothing', async (room) => {
    const total = 40;
    const consumer = await room.consume();
    const seen: string[] = [];
    for (const i of numbers(total)) {
      const abort = new AbortController();
      const claim = consumer.claim(1, abort.signal);
      const sent = room.publish(i);
      await sleep(i % 5);
      abort.abort();
      const got = await claim;
      await sent;
      seen.push(...got.map(bodyOf));
      await consumer.settle(got.map(done));
    }
    seen.push(...(await takeBodies(consumer, total - seen.length)));
    assert.deepEqual(seen.sort(), numbers(total).map(String).sort());
  }),

  brokerCase('no two consumers get the same message', async (room) => {
    const total = 400;
    await room.publish(...numbers(total));
    const seen: string[] = [];
    const all = new AbortController();
    const patience = AbortSignal.any([all.signal, within(4 * PATIENCE_MS)]);
    const consumers = await Promise.all(numbers(4).map(() => room.consumeElsewhere({ prefetch: 20 })));
    await Promise.all(
      consumers.map(async (consumer) => {
        while (!patience.aborted) {
          const got = await consumer.claim(7, patience);
          seen.push(...got.map(bodyOf));
          await consumer.settle(got.map(done));
          if (seen.length >= total) all.abort();
        }
      }),
    );
    assert.equal(seen.length, total);
    assert.equal(new Set(seen).size, total);
  }),
];
