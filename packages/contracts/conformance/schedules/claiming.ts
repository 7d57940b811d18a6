import assert from 'node:assert/strict';
import { due, found, KEEP, keptIds, message, run, scheduleCase } from './world.ts';

/** Each due time passes once. */
export const claiming = [
  scheduleCase(
    'of many that claim an occurrence, one wins and sends',
    async ({ store, other, entry, world }) => {
      const stores = [store, other, ...(await Promise.all([1, 2, 3, 4].map(() => world.connect())))];
      await store.put([entry('e')]);
      const winners: string[] = [];
      for (const n of [1, 2, 3]) {
        const won = await Promise.all(
          stores.map(async (each, i) => {
            const messages = [message(`run ${n} of ${i}`)];
            return (await each.claimRuns([run('e', n, { messages })], KEEP))[0];
          }),
        );
        assert.deepEqual(won.filter(Boolean), [true]);
        winners.push(`run ${n} of ${won.indexOf(true)}`);
      }
      assert.deepEqual(await keptIds(other), winners);
      const { lastRun, runs } = await found(other, 'e');
      assert.deepEqual([lastRun, runs], [due(3), 3]);
    },
  ),

  scheduleCase(
    'of many that claim the same many, each is won once',
    async ({ store, other, entry, world }) => {
      const stores = [store, other, ...(await Promise.all([1, 2].map(() => world.connect())))];
      const all = Array.from({ length: 60 }, (_, i) => `e${i}`);
      await store.put(all.map((name) => entry(name)));
      const won = await Promise.all(
        stores.map((each, i) => {
          // Each in another order: nobody may stand in another's way for ever.
          const mine = [...all.slice(i * 15), ...all.slice(0, i * 15)];
          const claims = (i % 2 ? mine : mine.toReversed()).map((name) =>
            run(name, 1, { messages: [message(name)] }),
          );
          return each.claimRuns(claims, KEEP);
        }),
      );
      assert.equal(won.flat().filter(Boolean).length, all.length);
      assert.deepEqual((await keptIds(store)).sort(), [...all].sort());
    },
  ),

  scheduleCase('a claim from an outdated view is lost', async ({ store, entry }) => {
    await store.put([entry('e')]);
    const claim = async (previous: number | undefined, occurrence: number) =>
      (await store.claimRuns([{ name: 'e', previous, occurrence, messages: [] }], KEEP))[0];
    assert.equal(await claim(due(1), due(2)), false);
    assert.equal(await claim(undefined, due(2)), true);
    assert.equal(await claim(undefined, due(3)), false);
    assert.equal(await claim(due(1), due(3)), false);
    assert.equal((await found(store, 'e')).lastRun, due(2));
  }),

  scheduleCase('what is gone or disabled cannot be claimed', async ({ store, entry }) => {
    await store.put([entry('off', 1, { enabled: false }), entry('gone'), entry('on')]);
    await store.remove(['gone']);
    const claims = ['off', 'gone', 'never', 'on'].map((name) => run(name, 1, { messages: [message(name)] }));
    assert.deepEqual(await store.claimRuns(claims, KEEP), [false, false, false, true]);
    assert.deepEqual(await keptIds(store), ['on']);
    assert.equal((await found(store, 'off')).lastRun, undefined);
    assert.equal((await store.list()).length, 2);
  }),

  scheduleCase('each claim is won or lost by itself', async ({ store, entry }) => {
    await store.put([entry('a'), entry('b'), entry('c')]);
    await store.claimRuns([run('b', 1)], KEEP);
    const claims = ['a', 'b', 'c'].map((name, i) => run(name, 1, { occurrence: due(5 + i) }));
    assert.deepEqual(await store.claimRuns(claims, KEEP), [true, false, true]);
    const lastRuns = (await store.list()).map(({ lastRun }) => lastRun);
    assert.deepEqual(lastRuns, [due(5), due(1), due(7)]);
  }),

  scheduleCase('an entry may be claimed twice in one call, in turn', async ({ store, entry }) => {
    await store.put([entry('e'), entry('once')]);
    const claims = [
      run('e', 1, { messages: [message('first')] }),
      run('once', 1),
      run('e', 2, { messages: [message('second')] }),
      run('e', 2, { messages: [message('again')] }),
    ];
    assert.deepEqual(await store.claimRuns(claims, KEEP), [true, true, true, false]);
    assert.deepEqual(await keptIds(store), ['first', 'second']);
    assert.equal((await found(store, 'e')).lastRun, due(2));
  }),

  scheduleCase('the last run disables, which is a change', async ({ store, other, entry }) => {
    await store.put([entry('e')]);
    const { version } = await found(store, 'e');
    const revision = await other.revision();
    const last = run('e', 1, { disable: true, messages: [message('the last')] });
    assert.deepEqual(await store.claimRuns([last], KEEP), [true]);
    const after = await found(other, 'e');
    assert.deepEqual([after.enabled, after.lastRun, after.runs], [false, due(1), 1]);
    assert.deepEqual([...after.definition], [...entry('e').definition]);
    assert.notEqual(after.version, version);
    const moved = await other.revision();
    assert.notEqual(moved, revision);
    assert.deepEqual(await store.claimRuns([run('e', 2, { disable: true })], KEEP), [false]);
    assert.equal(await other.revision(), moved);
  }),

  scheduleCase('runs counts messages, and lastSent is of the last that had any', async ({ store, entry }) => {
    await store.put([entry('e')]);
    const look = async () => {
      const { lastRun, lastSent, runs } = await found(store, 'e');
      return [lastRun, lastSent, runs];
    };
    await store.claimRuns([run('e', 1)], KEEP);
    assert.deepEqual(await look(), [due(1), undefined, 0]);
    await store.claimRuns([run('e', 2, { messages: [message('a'), message('b'), message('c')] })], KEEP);
    assert.deepEqual(await look(), [due(2), due(2), 3]);
    await store.claimRuns([run('e', 3)], KEEP);
    assert.deepEqual(await look(), [due(3), due(2), 3]);
    await store.put([entry('e', 2)]);
    assert.deepEqual(await look(), [due(3), due(2), 3]);
    await store.remove(['e']);
    await store.put([entry('e', 2)]);
    assert.deepEqual(await look(), [undefined, undefined, 0]);
  }),

  scheduleCase('thousands are claimed in one call', async ({ store, other, entry }) => {
    const all = Array.from({ length: 2500 }, (_, i) => `entry ${i}`);
    await store.put(all.map((name, i) => entry(name, i % 200)));
    const claims = all.map((name, i) =>
      run(name, 1, { messages: [message(name)], ...(i % 500 === 0 && { previous: 1 }) }),
    );
    const won = await store.claimRuns(claims, KEEP);
    assert.deepEqual(
      won,
      claims.map(({ previous }) => previous === undefined),
    );
    const ran = (await other.list()).filter(({ lastRun }) => lastRun === due(1));
    assert.equal(ran.length, 2495);
    assert.deepEqual(
      await keptIds(other),
      all.filter((_, i) => won[i]),
    );
  }),
];
