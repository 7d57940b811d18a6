import assert from 'node:assert/strict';
import { found, KEEP, run, scheduleCase } from './world.ts';

/** Editors that each believe theirs is the version they change. */
export const editing = [
  scheduleCase('the version moves with definitions, not with runs', async ({ store, other, entry }) => {
    await store.put([entry('e'), entry('other')]);
    const { version } = await found(store, 'e');
    await store.put([entry('other', 2)]);
    await store.claimRuns([run('e', 1)], KEEP);
    assert.equal((await found(other, 'e')).version, version);
    await store.put([entry('e', 2)]);
    assert.notEqual((await found(other, 'e')).version, version);
  }),

  scheduleCase('a version that is gone never comes back', async ({ store, entry }) => {
    await store.put([entry('e')]);
    const { version } = await found(store, 'e');
    await store.remove(['e']);
    assert.deepEqual(await store.put([entry('e', 2, { replaces: version })]), [false]);
    assert.equal(await store.get('e'), undefined);
    await store.put([entry('e')]);
    assert.deepEqual(await store.put([entry('e', 2, { replaces: version })]), [false]);
    assert.deepEqual([...(await found(store, 'e')).definition], [...entry('e').definition]);
  }),

  scheduleCase('of editors that race, one wins', async ({ store, entry, world }) => {
    const stores = [store, ...(await Promise.all([1, 2, 3, 4].map(() => world.connect())))];
    await store.put([entry('e', 100)]);
    for (let round = 0; round < 3; round += 1) {
      const { version: replaces } = await found(store, 'e');
      const won = await Promise.all(
        stores.map(async (each, i) => (await each.put([entry('e', 10 * round + i, { replaces })]))[0]),
      );
      assert.deepEqual(won.filter(Boolean), [true]);
      const winner = entry('e', 10 * round + won.indexOf(true));
      assert.deepEqual([...(await found(store, 'e')).definition], [...winner.definition]);
    }
  }),

  scheduleCase('of those that make an entry at once, one makes it', async ({ store, entry, world }) => {
    const stores = [store, ...(await Promise.all([1, 2, 3, 4].map(() => world.connect())))];
    const won = await Promise.all(
      stores.map(async (each, i) => (await each.put([entry('new', i + 1, { replaces: null })]))[0]),
    );
    assert.deepEqual(won.filter(Boolean), [true]);
    const winner = entry('new', won.indexOf(true) + 1);
    assert.deepEqual([...(await found(store, 'new')).definition], [...winner.definition]);
  }),

  scheduleCase('each change is made or not by itself, in turn', async ({ store, entry }) => {
    await store.put([entry('a', 1), entry('b', 1)]);
    const { version } = await found(store, 'a');
    const answers = await store.put([
      entry('a', 2, { replaces: version }),
      entry('b', 2, { replaces: version === '0' ? '1' : `${version}0` }),
      entry('b', 3, { replaces: null }),
      entry('c', 2, { replaces: null }),
      entry('a', 4, { replaces: version }),
      entry('c', 4, { replaces: null }),
      entry('d', 4),
      entry('d', 5),
    ]);
    assert.deepEqual(answers, [true, false, false, true, false, false, true, true]);
    const expected = { a: 2, b: 1, c: 2, d: 5 };
    for (const [name, n] of Object.entries(expected)) {
      assert.deepEqual([...(await found(store, name)).definition], [...entry(name, n).definition], name);
    }
  }),
];
