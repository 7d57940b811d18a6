import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { DriverError } from '../../src/index.ts';
import { applies } from '../exam.ts';
import { eventually, soon, within } from '../waiting.ts';
import { killedWhileClaiming } from './child.ts';
import {
  due,
  found,
  KEEP,
  keptIds,
  message,
  PUBLISH,
  publishingCase,
  readyIds,
  run,
  scheduleCase,
  unsendable,
} from './world.ts';

/** What `claimRuns` sends through the broker of the same driver. */
export const sending = [
  publishingCase('what is won is in the broker, as it was', async ({ store, entry, broker }) => {
    await broker.declare([{ name: 'q' }]);
    await store.put([entry('e')]);
    const sent = message('once');
    assert.deepEqual(await store.claimRuns([run('e', 1, { messages: [sent] })], PUBLISH), [true]);
    const consumer = await broker.consume({ consumer: 'c', queues: ['q'], prefetch: 10, leaseMs: 60_000 });
    const [delivery] = await soon(consumer.claim(10, within(60_000)), 'the message');
    const { id, headers, body, contentType, contentEncoding } = delivery!.envelope;
    assert.deepEqual(
      { id, headers, body: [...body], contentType, contentEncoding },
      {
        ...sent.envelope,
        body: [...sent.envelope.body],
      },
    );
    await consumer.settle([{ kind: 'done', delivery: delivery! }]);
    await consumer.close();
    const [depth] = await broker.depth(['q']);
    assert.deepEqual(depth, { queue: 'q', ready: 0, delayed: 0, claimed: 0 });
    assert.deepEqual(await keptIds(store), []);
  }),

  publishingCase('who waits for a message gets it', async ({ store, entry, broker }) => {
    await broker.declare([{ name: 'q' }]);
    await store.put([entry('e')]);
    const consumer = await broker.consume({ consumer: 'c', queues: ['q'], prefetch: 10, leaseMs: 60_000 });
    const waiting = consumer.claim(1, within(60_000));
    await store.claimRuns([run('e', 1, { messages: [message('awaited')] })], PUBLISH);
    const [delivery] = await soon(waiting, 'the message');
    assert.equal(delivery?.envelope.id, 'awaited');
    await consumer.close();
  }),

  publishingCase(
    'of many that publish an occurrence, one does',
    async ({ store, other, entry, world, broker }) => {
      const stores = [store, other, ...(await Promise.all([1, 2].map(() => world.connect())))];
      await broker.declare([{ name: 'q' }]);
      await store.put(['a', 'b', 'c'].map((name) => entry(name)));
      const expected: string[] = [];
      for (const n of [1, 2, 3]) {
        const claims = ['a', 'b', 'c'].map((name) => run(name, n, { messages: [message(`${name} ${n}`)] }));
        const won = await Promise.all(stores.map((each) => each.claimRuns(claims, PUBLISH)));
        assert.equal(won.flat().filter(Boolean).length, 3);
        expected.push(...['a', 'b', 'c'].map((name) => `${name} ${n}`));
      }
      assert.deepEqual((await readyIds(broker)).sort(), expected.sort());
    },
  ),

  publishingCase('a lost claim publishes nothing', async ({ store, entry, broker }) => {
    await broker.declare([{ name: 'q' }]);
    await store.put([entry('on'), entry('off', 1, { enabled: false })]);
    await store.claimRuns([run('on', 1)], { ...PUBLISH, fence: 2 });
    const lost = (name: string, n: number) => run(name, n, { messages: [message(`${name} ${n}`)] });
    await store.claimRuns([lost('on', 1), lost('off', 1), lost('gone', 1)], { ...PUBLISH, fence: 2 });
    await store.claimRuns([lost('on', 2)], PUBLISH);
    assert.deepEqual(await readyIds(broker), []);
  }),

  publishingCase('many messages go to many queues, in order', async ({ store, entry, broker }) => {
    await broker.declare([{ name: 'q' }, { name: 'r' }]);
    const all = Array.from({ length: 1200 }, (_, i) => `e${i}`);
    await store.put(all.map((name) => entry(name)));
    const claims = all.map((name) =>
      run(name, 1, { messages: [message(`${name} q`), message(`${name} r`, 'r')] }),
    );
    const won = await store.claimRuns(claims, PUBLISH);
    assert.deepEqual(new Set(won), new Set([true]));
    for (const queue of ['q', 'r']) {
      assert.deepEqual(
        await readyIds(broker, queue),
        all.map((name) => `${name} ${queue}`),
      );
    }
  }),

  publishingCase('what is not before its time is hidden until then', async ({ store, entry, broker }) => {
    await broker.declare([{ name: 'q' }]);
    await store.put([entry('e')]);
    const notBefore = Date.now() + 600;
    const messages = [
      message('far', 'q', { notBefore: notBefore + 600_000 }),
      message('later', 'q', { notBefore }),
    ];
    await store.claimRuns([run('e', 1, { messages })], PUBLISH);
    const consumer = await broker.consume({ consumer: 'c', queues: ['q'], prefetch: 10, leaseMs: 60_000 });
    const claimed = await soon(consumer.claim(10, within(60_000)), 'what is due');
    assert.deepEqual(
      claimed.map(({ envelope }) => envelope.id),
      ['later'],
    );
    assert.ok(Date.now() >= notBefore, `early by ${notBefore - Date.now()} ms`);
    await consumer.close();
  }),

  publishingCase('a queue that nobody declared fares as in publish', async ({ store, entry, broker }) => {
    await store.put([entry('e')]);
    await broker.publish([message('published', 'new one')]);
    await store.claimRuns([run('e', 1, { messages: [message('claimed', 'new two')] })], PUBLISH);
    const [one, two] = await broker.depth(['new one', 'new two']);
    assert.deepEqual({ ...two, queue: 'new one' }, one);
  }),

  scheduleCase('what cannot be sent has not been claimed', async ({ store, entry, world }) => {
    const where = store.traits.publishes ? PUBLISH : KEEP;
    const broker = store.traits.publishes ? await world.broker?.() : undefined;
    await broker?.declare([{ name: 'q' }]);
    await store.put([entry('e')]);
    const messages = [message('good'), unsendable('bad')];
    await assert.rejects(store.claimRuns([run('e', 1, { messages })], where));
    const { lastRun, lastSent, runs } = await found(store, 'e');
    assert.deepEqual([lastRun, lastSent, runs], [undefined, undefined, 0]);
    const there = async () => (broker ? readyIds(broker) : keptIds(store));
    assert.deepEqual(await there(), []);
    assert.deepEqual(await store.claimRuns([run('e', 1, { messages: [message('good')] })], where), [true]);
    await eventually(async () => (await there()).length === 1, 'the good one is there');
  }),

  scheduleCase("publishing without a broker rejects as 'unsupported'", async ({ store, entry }) => {
    await store.put([entry('e')]);
    const claim = store.claimRuns([run('e', 1, { messages: [message('m')] })], PUBLISH);
    if (store.traits.publishes) assert.deepEqual(await claim, [true]);
    else await assert.rejects(claim, (error) => error instanceof DriverError && error.code === 'unsupported');
    assert.deepEqual(await keptIds(store), []);
    assert.equal((await found(store, 'e')).runs, store.traits.publishes ? 1 : 0);
  }),

  scheduleCase(
    'who is killed while claiming has claimed and sent, or neither',
    async ({ store, entry, world }) => {
      const { remote } = world;
      applies(remote !== undefined, 'no process can reach it');
      const names = Array.from({ length: 20 }, (_, i) => `e${i}`);
      await store.put(names.map((name) => entry(name)));
      const messages = store.traits.publishes ? 'publish' : 'keep';
      await killedWhileClaiming({ remote, names, messages }, 5);

      const broker = messages === 'publish' ? await world.broker!() : undefined;
      const there = async () => (broker ? readyIds(broker) : keptIds(store));
      // A server may yet be at the last thing it was told.
      let seen = await store.list();
      let sent = await there();
      await eventually(async () => {
        const before = [seen, sent.length];
        [seen, sent] = [await store.list(), await there()];
        return isDeepStrictEqual([seen, sent.length], before);
      }, 'nothing happens any more');
      const expected = seen.flatMap(({ name, lastRun, runs }) => {
        const rounds = (lastRun! - due(0)) / (due(1) - due(0));
        assert.equal(runs, 2 * rounds, name);
        return Array.from({ length: rounds }, (_, i) => [`${name} ${i + 1} a`, `${name} ${i + 1} b`]).flat();
      });
      assert.ok(expected.length >= 5 * 40, `${expected.length} messages are too few`);
      assert.deepEqual([...sent].sort(), expected.sort());
    },
  ),
];
