import assert from 'node:assert/strict';
import type { ScheduleDefinition, ScheduleStore, StoredSchedule } from '../src/index.ts';
import { rejectsClosed } from './closed.ts';
import { type Exam, type ExamCase, type ExamWorld, type Harness, sitExam } from './exam.ts';

/** One store, empty and private to a case. */
export interface ScheduleWorld extends ExamWorld {
  /** What another process would see. `dispose` closes it. */
  connect(): Promise<ScheduleStore>;
}

function entry(name: string, byte = 1, enabled = true): ScheduleDefinition {
  return { name, definition: Uint8Array.of(byte, 0, 255), enabled };
}

async function only(store: ScheduleStore): Promise<StoredSchedule> {
  const all = await store.list();
  assert.equal(all.length, 1);
  return all[0]!;
}

function scheduleCase(
  name: string,
  body: (store: ScheduleStore, other: ScheduleStore, world: ScheduleWorld) => Promise<void>,
): ExamCase<ScheduleWorld> {
  return { name, run: async (world) => body(await world.connect(), await world.connect(), world) };
}

/** What every schedule store must do. */
export const scheduleExam: Exam<ScheduleWorld> = [
  scheduleCase('what is put is listed, as it was, to everybody', async (store, other) => {
    assert.deepEqual(await store.list(), []);
    await store.put(entry('b ☃', 1));
    await store.put(entry('a', 2, false));
    const listed = [...(await other.list())].sort((x, y) => (x.name < y.name ? -1 : 1));
    assert.deepEqual(
      listed.map((each) => ({ ...each, definition: [...each.definition] })),
      [
        { name: 'a', definition: [2, 0, 255], enabled: false, lastRun: undefined, runs: 0 },
        { name: 'b ☃', definition: [1, 0, 255], enabled: true, lastRun: undefined, runs: 0 },
      ],
    );
  }),

  scheduleCase('put replaces', async (store) => {
    await store.put(entry('e', 1));
    await store.put(entry('e', 9, false));
    const { definition, enabled } = await only(store);
    assert.deepEqual([[...definition], enabled], [[9, 0, 255], false]);
  }),

  scheduleCase('remove removes, and says whether there was something', async (store, other) => {
    await store.put(entry('a'));
    await store.put(entry('b'));
    assert.equal(await other.remove('a'), true);
    assert.equal(await store.remove('a'), false);
    assert.equal((await only(store)).name, 'b');
  }),

  scheduleCase('one of many claims an occurrence', async (first, second, world) => {
    const stores = [first, second, ...(await Promise.all([1, 2, 3, 4].map(() => world.connect())))];
    await first.put(entry('e'));
    for (const [previous, occurrence] of [
      [undefined, 1_700_000_000_000],
      [1_700_000_000_000, 1_700_000_060_000],
    ] as const) {
      const won = await Promise.all(stores.map((store) => store.claimRun('e', previous, occurrence)));
      assert.equal(won.filter(Boolean).length, 1);
    }
    const { lastRun, runs } = await only(second);
    assert.deepEqual([lastRun, runs], [1_700_000_060_000, 2]);
  }),

  scheduleCase('a claim from an outdated view fails', async (store) => {
    await store.put(entry('e'));
    assert.equal(await store.claimRun('e', 50, 100), false);
    assert.equal(await store.claimRun('e', undefined, 100), true);
    assert.equal(await store.claimRun('e', undefined, 200), false);
    assert.equal(await store.claimRun('e', 50, 200), false);
    assert.deepEqual([(await only(store)).lastRun, (await only(store)).runs], [100, 1]);
  }),

  scheduleCase('what does not exist cannot be claimed', async (store) => {
    assert.equal(await store.claimRun('nobody', undefined, 1), false);
    assert.deepEqual(await store.list(), []);
  }),

  scheduleCase('entries run independently', async (store) => {
    await store.put(entry('a'));
    await store.put(entry('b'));
    assert.equal(await store.claimRun('a', undefined, 5), true);
    assert.equal(await store.claimRun('b', undefined, 7), true);
    const runs = new Map((await store.list()).map((each) => [each.name, each.lastRun]));
    assert.deepEqual([runs.get('a'), runs.get('b')], [5, 7]);
  }),

  scheduleCase('replacing a definition keeps its last run', async (store) => {
    await store.put(entry('e'));
    await store.claimRun('e', undefined, 5);
    await store.put(entry('e', 9));
    const { lastRun, runs } = await only(store);
    assert.deepEqual([lastRun, runs], [5, 1]);
  }),

  scheduleCase('removing forgets the last run', async (store) => {
    await store.put(entry('e'));
    await store.claimRun('e', undefined, 5);
    await store.remove('e');
    await store.put(entry('e'));
    const { lastRun, runs } = await only(store);
    assert.deepEqual([lastRun, runs], [undefined, 0]);
  }),

  scheduleCase('the revision moves with definitions only, for everybody', async (store, other) => {
    const seen = [await other.revision()];
    const look = async () => seen.push(await other.revision());
    await look();
    await store.put(entry('e'));
    await look();
    await store.claimRun('e', undefined, 5);
    await look();
    await store.put(entry('e', 2));
    await look();
    await store.remove('e');
    await look();
    const [start, idle, put, ran, replaced, removed] = seen;
    assert.equal(idle, start);
    assert.notEqual(put, idle);
    assert.equal(ran, put);
    assert.notEqual(replaced, ran);
    assert.notEqual(removed, replaced);
    assert.notEqual(removed, put);
  }),

  scheduleCase("a closed store's calls reject with 'closed'; closing again is fine", async (store) => {
    await store.close();
    await store.close();
    await rejectsClosed({
      list: () => store.list(),
      put: () => store.put(entry('e')),
      remove: () => store.remove('e'),
      claimRun: () => store.claimRun('e', undefined, 1),
      revision: () => store.revision(),
    });
  }),
];

export function scheduleConformance(harness: Harness<ScheduleWorld>): void {
  sitExam('schedules', scheduleExam, harness);
}
