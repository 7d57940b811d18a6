import assert from 'node:assert/strict';
import { due, found, keptIds, message, run, scheduleCase } from './world.ts';

const keep = (fence: number) => ({ fence, messages: 'keep' }) as const;

/** Leaders that are no longer. */
export const fencing = [
  scheduleCase(
    'a smaller fence is lost for all time, an equal one goes on',
    async ({ store, other, entry }) => {
      await store.put([entry('a'), entry('b')]);
      const claim = async (name: string, n: number, fence: number, by = store) =>
        (
          await by.claimRuns([run(name, n, { messages: [message(`${name} ${n} by ${fence}`)] })], keep(fence))
        )[0];
      assert.equal(await claim('a', 1, 7), true);
      assert.equal(await claim('a', 2, 7, other), true);
      assert.equal(await claim('a', 3, 7), true);
      assert.equal(await claim('b', 1, 6, other), false);
      assert.equal(await claim('a', 4, 6), false);
      await store.remove(['a', 'b']);
      await other.put([entry('a'), entry('b')]);
      assert.equal(await claim('b', 1, 6), false);
      assert.equal(await claim('b', 1, 10, other), true);
      assert.equal(await claim('a', 1, 9), false);
      assert.equal(await claim('a', 1, 10), true);
      assert.deepEqual(await keptIds(store), ['a 1 by 7', 'a 2 by 7', 'a 3 by 7', 'b 1 by 10', 'a 1 by 10']);
    },
  ),

  scheduleCase('a fence passes though its claims are lost', async ({ store, entry }) => {
    await store.put([entry('e')]);
    assert.deepEqual(await store.claimRuns([run('e', 5)], keep(3)), [false]);
    assert.deepEqual(await store.claimRuns([run('e', 1)], keep(2)), [false]);
    assert.deepEqual(await store.claimRuns([run('e', 1)], keep(3)), [true]);
  }),

  scheduleCase('of leaders that race, none wins after a later one', async ({ store, other, entry }) => {
    await store.put([entry('e'), entry('mark')]);
    for (let round = 1; round <= 5; round += 1) {
      const old = (n: number) => store.claimRuns([run('e', n)], keep(round));
      const next = other.claimRuns([run('mark', round)], keep(round + 1));
      const base = round - 1;
      // The old one may win before the new one comes, but not once that has been answered.
      const racing = old(base + 1);
      assert.deepEqual(await next, [true]);
      const [won] = await racing;
      assert.deepEqual(await old(won ? base + 2 : base + 1), [false]);
      if (!won) assert.deepEqual(await other.claimRuns([run('e', base + 1)], keep(round + 1)), [true]);
      assert.equal((await found(store, 'e')).lastRun, due(base + 1));
    }
  }),
];
