import assert from 'node:assert/strict';
import { PUT_TOGETHER, type StoredSchedule } from '../../src/index.ts';
import { rejectsClosed } from '../closed.ts';
import { due, found, KEEP, names, run, SINCE, scheduleCase } from './world.ts';

/** Names that something in between might take for something else. */
const ODD_NAMES = [
  '__proto__',
  'constructor',
  "it's",
  '"quoted" \\ and $1 ? %s',
  'two words\tand a tab',
  'snow ☃ 🎿',
  ' spaced ',
  '{"json":1}',
  '0',
  'n'.repeat(200),
];

/** The time of a run is nobody's business here. */
const plain = ({ version, definition, ...rest }: StoredSchedule) => ({
  ...rest,
  definition: [...definition],
});

/** Definitions that are put, listed and removed. */
export const defining = [
  scheduleCase('what is put is listed, as it was, by name, to everybody', async ({ store, other, entry }) => {
    assert.deepEqual(await store.list(), []);
    const b = entry('b', 1);
    const a = entry('a', 2, { enabled: false, since: SINCE + 1 });
    const shout = entry('B', 3);
    assert.deepEqual(await store.put([b, a, shout]), [true, true, true]);
    const never = { lastRun: undefined, lastSent: undefined, runs: 0 };
    assert.deepEqual(
      (await other.list()).map(plain),
      [shout, a, b].map((each) => ({ ...each, ...never, definition: [...each.definition] })),
    );
  }),

  scheduleCase('one is got by its name', async ({ store, other, entry }) => {
    await store.put([entry('a', 1), entry('b', 2)]);
    const [, listed] = await store.list();
    assert.deepEqual(await other.get('b'), listed);
    assert.equal(await store.get('c'), undefined);
  }),

  scheduleCase('a name may be any text', async ({ store, other, entry }) => {
    await store.put(ODD_NAMES.map((name, i) => entry(name, i + 1)));
    assert.deepEqual(names(await other.list()).sort(), [...ODD_NAMES].sort());
    for (const [i, name] of ODD_NAMES.entries()) {
      assert.deepEqual([...(await found(other, name)).definition], [...entry(name, i + 1).definition]);
    }
    const won = await store.claimRuns(
      ODD_NAMES.map((name) => run(name, 1)),
      KEEP,
    );
    assert.deepEqual(new Set(won), new Set([true]));
    for (const name of ODD_NAMES) assert.equal((await found(other, name)).lastRun, due(1), name);
    assert.deepEqual(new Set(await store.remove(ODD_NAMES)), new Set([true]));
    assert.deepEqual(await other.list(), []);
  }),

  scheduleCase('put replaces', async ({ store, entry }) => {
    await store.put([entry('e', 1)]);
    const later = entry('e', 9, { enabled: false, since: SINCE + 5 });
    assert.deepEqual(await store.put([later]), [true]);
    const { definition, enabled, since } = await found(store, 'e');
    assert.deepEqual([[...definition], enabled, since], [[...later.definition], false, SINCE + 5]);
    assert.equal((await store.list()).length, 1);
  }),

  scheduleCase('replacing a definition keeps what it has run', async ({ store, entry }) => {
    await store.put([entry('e')]);
    await store.claimRuns([run('e', 1)], KEEP);
    await store.put([entry('e', 9)]);
    assert.equal((await found(store, 'e')).lastRun, due(1));
  }),

  scheduleCase('remove removes, and says of each whether it was there', async ({ store, other, entry }) => {
    await store.put([entry('a'), entry('b'), entry('c')]);
    assert.deepEqual(await other.remove(['a', 'x', 'c', 'a']), [true, false, true, false]);
    assert.deepEqual(await store.remove(['a']), [false]);
    assert.deepEqual(names(await store.list()), ['b']);
  }),

  scheduleCase('removing forgets the last run', async ({ store, entry }) => {
    await store.put([entry('e')]);
    await store.claimRuns([run('e', 1)], KEEP);
    await store.remove(['e']);
    await store.put([entry('e')]);
    assert.equal((await found(store, 'e')).lastRun, undefined);
  }),

  scheduleCase('what one put makes is there all at once', async ({ store, other, entry }) => {
    const sizes = new Set<number>();
    let writing = true;
    const looking = (async () => {
      while (writing) {
        sizes.add((await other.list()).length);
        await new Promise(setImmediate);
      }
    })();
    const many = Array.from({ length: PUT_TOGETHER }, (_, i) => entry(`entry ${i}`, i % 200));
    const made = await store.put(many).finally(() => {
      writing = false;
    });
    await looking;
    sizes.add((await other.list()).length);
    assert.deepEqual(new Set(made), new Set([true]));
    assert.deepEqual(
      [...sizes].filter((size) => size !== 0),
      [PUT_TOGETHER],
    );
  }),

  scheduleCase('the revision moves with definitions only, for everybody', async ({ store, other, entry }) => {
    const seen = [await other.revision()];
    const look = async () => seen.push(await other.revision());
    await look();
    await store.put([entry('e')]);
    await look();
    await store.claimRuns([run('e', 1)], KEEP);
    await look();
    await store.put([entry('e', 2)]);
    await look();
    await store.remove(['e']);
    await look();
    await store.remove(['e']);
    await look();
    const [start, idle, put, ran, replaced, removed, nothing] = seen;
    assert.equal(idle, start);
    assert.equal(ran, put);
    assert.equal(nothing, removed);
    assert.equal(new Set([idle, put, replaced, removed]).size, 4);
  }),

  scheduleCase(
    "a closed store's calls reject with 'closed'; closing again is fine",
    async ({ store, entry }) => {
      await store.close();
      await store.close();
      await rejectsClosed({
        list: () => store.list(),
        get: () => store.get('e'),
        put: () => store.put([entry('e')]),
        remove: () => store.remove(['e']),
        claimRuns: () => store.claimRuns([run('e', 1)], KEEP),
        kept: () => store.kept(1),
        forget: () => store.forget(['1']),
        revision: () => store.revision(),
      });
    },
  ),
];
