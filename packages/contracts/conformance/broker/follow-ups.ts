import assert from 'node:assert/strict';
import { applies } from '../exam.ts';
import { essence, record } from '../records.ts';
import { eventually } from '../waiting.ts';
import { bodyOf, message, messages } from './messages.ts';
import { assertDrained, brokerCase, LEASE_MS, type Room, takeBodies, takeOne } from './room.ts';

/** Its payload is such a document as Celery keeps: on Redis that is all there is, and the state is read from it. */
/** The results of the room's own store, or the case does not apply. */
async function resultsOf(room: Room) {
  applies(room.broker.traits.atomicResults, 'results are stored apart from settling');
  assert.ok(room.world.results, 'a world whose broker has traits.atomicResults must offer results()');
  return room.world.results();
}

/** What `done` brings about besides removing. */
export const followUps = [
  brokerCase('done publishes what follows, in order, to any queue', async (room) => {
    const other = `${room.queue}.other`;
    await room.broker.declare([{ name: other }]);
    await room.publish('first');
    const consumer = await room.consume();
    const following = [...messages(room.queue, ['second', 'third']), message(other, 'elsewhere')];
    await consumer.settle([{ kind: 'done', delivery: await takeOne(consumer), followUps: following }]);
    assert.deepEqual(await takeBodies(consumer, 2), ['second', 'third']);
    assert.deepEqual(await takeBodies(await room.consume({ queues: [other] }), 1), ['elsewhere']);
  }),

  brokerCase('done can put itself back until it is due', async (room) => {
    await room.publish('again');
    const consumer = await room.consume();
    const delivery = await takeOne(consumer);
    const { envelope } = delivery;
    const due = Date.now() + 200;
    const itself = { queue: room.queue, envelope, notBefore: due };
    await consumer.settle([{ kind: 'done', delivery, followUps: [itself] }]);
    const again = await takeOne(consumer);
    assert.ok(Date.now() >= due, `early by ${due - Date.now()} ms`);
    assert.deepEqual([bodyOf(again), again.envelope.id, again.deliveries], ['again', envelope.id, 1]);
  }),

  brokerCase('defer hides it until it is due, as if it had never been out', async (room) => {
    await room.publish('again');
    const consumer = await room.consume();
    const delivery = await takeOne(consumer);
    const notBefore = Date.now() + 200;
    assert.deepEqual(await consumer.settle([{ kind: 'defer', delivery, notBefore }]), []);
    assert.deepEqual(
      await consumer.settle([{ kind: 'defer', delivery, notBefore: 0 }]),
      [delivery],
      'settled once',
    );
    const again = await takeOne(consumer);
    assert.ok(Date.now() >= notBefore, `early by ${notBefore - Date.now()} ms`);
    const { envelope, deliveries, redelivered } = again;
    assert.deepEqual(
      { ...envelope, body: bodyOf(again), deliveries, redelivered },
      { ...delivery.envelope, body: 'again', deliveries: 1, redelivered: false },
    );
  }),

  brokerCase('a waiting claim hears of what follows', async (room) => {
    await room.publish('first');
    const one = await room.consume();
    const first = await takeOne(one);
    const waiting = takeBodies(await room.consumeElsewhere(), 1);
    await one.settle([{ kind: 'done', delivery: first, followUps: messages(room.queue, ['second']) }]);
    assert.deepEqual(await waiting, ['second']);
  }),

  brokerCase('done stores the records it carries', async (room) => {
    const results = await resultsOf(room);
    await room.publish('a');
    const consumer = await room.consume();
    const records = [
      record('t1', 'STARTED', 'one'),
      record('t1', 'SUCCESS', 'two'),
      record('t2', 'FAILURE', 'é'),
    ];
    assert.deepEqual(
      await consumer.settle([{ kind: 'done', delivery: await takeOne(consumer), records }]),
      [],
    );
    const kept = await results.fetch(['t1', 't2', 't3']);
    assert.deepEqual([...kept.keys()].sort(), ['t1', 't2']);
    assert.deepEqual(essence(kept.get('t1')!), essence(records[1]!));
    assert.deepEqual(essence(kept.get('t2')!), essence(records[2]!));
    await assertDrained(room, consumer);
  }),

  brokerCase('who watches hears of records that done carries', async (room) => {
    const results = await resultsOf(room);
    await room.publish('a');
    const consumer = await room.consume();
    const heard: string[] = [];
    const watch = await results.watch((each) => heard.push(`${each.taskId} ${each.state}`));
    await watch.add(['t1']);
    const delivery = await takeOne(consumer);
    await consumer.settle([{ kind: 'done', delivery, records: [record('t1', 'SUCCESS', '1')] }]);
    await eventually(() => heard.includes('t1 SUCCESS'), 'the watch heard of it');
    await watch.close();
  }),

  brokerCase('a success is not overwritten by a record that done carries', async (room) => {
    const results = await resultsOf(room);
    const success = record('t1', 'SUCCESS', 'first');
    await results.store([success]);
    await room.publish('a');
    const consumer = await room.consume();
    const delivery = await takeOne(consumer);
    await consumer.settle([{ kind: 'done', delivery, records: [record('t1', 'FAILURE', 'second')] }]);
    assert.deepEqual(essence((await results.fetch(['t1'])).get('t1')!), essence(success));
  }),

  brokerCase('a settlement that comes too late stores and publishes nothing', async (room) => {
    applies(room.broker.traits.lease === 'timed', 'leases end with the connection');
    const results = room.broker.traits.atomicResults ? await resultsOf(room) : undefined;
    await room.publish('a');
    const late = await room.consume({ leaseMs: LEASE_MS });
    const delivery = await takeOne(late);
    const other = await room.consumeElsewhere();
    const again = await takeOne(other);
    const settlement = { kind: 'done', delivery, followUps: messages(room.queue, ['late']) } as const;
    const records = results ? { records: [record('t1', 'SUCCESS', 'late')] } : {};
    assert.deepEqual(await late.settle([{ ...settlement, ...records }]), [delivery]);
    if (results) assert.equal((await results.fetch(['t1'])).size, 0);
    assert.deepEqual(await other.settle([{ kind: 'done', delivery: again }]), []);
    await assertDrained(room, other);
  }),
];
