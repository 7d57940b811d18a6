import assert from 'node:assert/strict';
import {
  found,
  KEEP,
  keptIds,
  message,
  PUBLISH,
  publishingCase,
  readyIds,
  run,
  scheduleCase,
} from './world.ts';

/** Messages that are to be sent elsewhere. */
export const keeping = [
  scheduleCase('what is kept comes back as it was', async ({ store, other, entry }) => {
    await store.put([entry('e')]);
    const full = message('full', 'a queue ☃', { notBefore: Date.now() + 3_600_000 });
    const envelope = { ...full.envelope, priority: 7, correlationId: 'c', replyTo: 'r' };
    const sent = [{ ...full, envelope }, message('plain')];
    await store.claimRuns([run('e', 1, { messages: sent })], KEEP);
    const kept = await other.kept(10);
    assert.deepEqual(
      kept.map((each) => ({
        ...each.message,
        envelope: { ...each.message.envelope, body: [...each.message.envelope.body] },
      })),
      sent.map((each) => ({ ...each, envelope: { ...each.envelope, body: [...each.envelope.body] } })),
    );
    assert.equal(new Set(kept.map(({ id }) => id)).size, 2);
  }),

  scheduleCase('the oldest come first, as many as were asked for', async ({ store, other, entry }) => {
    await store.put([entry('a'), entry('b')]);
    for (let n = 1; n <= 12; n += 1) {
      const by = n % 2 ? store : other;
      await by.claimRuns(
        [
          run('b', n, { messages: [message(`${n} b`), message(`${n} b too`)] }),
          run('a', n, { messages: [message(`${n} a`)] }),
        ],
        KEEP,
      );
    }
    const all = Array.from({ length: 12 }, (_, i) => [`${i + 1} b`, `${i + 1} b too`, `${i + 1} a`]).flat();
    assert.deepEqual(await keptIds(store), all);
    const first = (await other.kept(4)).map(({ message: { envelope } }) => envelope.id);
    assert.deepEqual(first, all.slice(0, 4));
    assert.deepEqual(await store.kept(0), []);
  }),

  scheduleCase('what is kept outlives who kept it, and the entry', async ({ store, other, entry, world }) => {
    await store.put([entry('e')]);
    await store.claimRuns([run('e', 1, { messages: [message('m')] })], KEEP);
    await store.remove(['e']);
    await store.close();
    await other.close();
    assert.deepEqual(await keptIds(await world.connect()), ['m']);
  }),

  scheduleCase('what is forgotten is gone for everybody, and only that', async ({ store, other, entry }) => {
    await store.put([entry('e')]);
    await store.claimRuns([run('e', 1, { messages: ['a', 'b', 'c', 'd'].map((id) => message(id)) })], KEEP);
    const [a, , c] = await store.kept(10);
    await other.forget([a!.id, c!.id]);
    assert.deepEqual(await keptIds(store), ['b', 'd']);
    await store.forget([a!.id, c!.id]);
    await store.forget([]);
    assert.deepEqual(await keptIds(other), ['b', 'd']);
    await other.claimRuns([run('e', 2, { messages: [message('e')] })], KEEP);
    await store.forget([a!.id, c!.id]);
    assert.deepEqual(await keptIds(store), ['b', 'd', 'e']);
  }),

  scheduleCase('a number that was forgotten is not given again', async ({ store, entry }) => {
    await store.put([entry('e')]);
    await store.claimRuns([run('e', 1, { messages: [message('old')] })], KEEP);
    const old = (await store.kept(1)).map(({ id }) => id);
    await store.forget(old);
    await store.claimRuns([run('e', 2, { messages: [message('new')] })], KEEP);
    await store.forget(old);
    assert.deepEqual(await keptIds(store), ['new']);
  }),

  publishingCase('what is kept is not published', async ({ store, entry, broker }) => {
    await broker.declare([{ name: 'q' }]);
    await store.put([entry('e')]);
    await store.claimRuns([run('e', 1, { messages: [message('kept')] })], KEEP);
    await store.claimRuns([run('e', 2, { messages: [message('published')] })], PUBLISH);
    assert.deepEqual(await readyIds(broker), ['published']);
    assert.deepEqual(await keptIds(store), ['kept']);
    assert.equal((await found(store, 'e')).runs, 2);
  }),
];
