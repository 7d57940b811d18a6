/** Whose outcome is it? Jobs that are handed ahead, taken back and handed over again, as their durations go. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openScene, output } from './pools-scene.ts';

test('process pool: every job ends with its own outcome', { timeout: 120_000 }, async (t) => {
  const { pool, run } = await openScene(t, { size: 2 });
  const count = 3000;
  const most = pool.size + pool.ahead!.places;
  let next = 0;
  // About as long as what is waited for: so jobs are taken back again and again just as the child is about to begin one.
  const durations = [0, 12, 1, 6, 5, 0, 7, 4, 9, 0, 5, 6];
  const feed = async (): Promise<void> => {
    while (next < count) {
      const value = next;
      next += 1;
      const ms = durations[value % durations.length]!;
      assert.equal(output(await run({ do: 'echo', value, ms })), value);
    }
  };
  await Promise.all(Array.from({ length: most }, feed));
});
