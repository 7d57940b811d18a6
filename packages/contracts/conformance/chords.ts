import assert from 'node:assert/strict';
import type {
  ChordArrival,
  ChordPart,
  ChordProgress,
  ChordStore,
  ResultBackend,
  ResultRecord,
} from '../src/index.ts';
import { bytesOf, textOf } from './bytes.ts';
import { type Exam, type ExamCase, type ExamWorld, type Harness, sitExam } from './exam.ts';
import { eventually } from './waiting.ts';

/** One store, private to a case. */
export interface ChordWorld extends ExamWorld {
  /** What another process would see. `dispose` closes it. */
  connect(): Promise<ChordStore>;
  /** The results that it keeps parts' records among, as another process would see them. */
  results(): Promise<ResultBackend>;
}

const TTL_MS = 60_000;

function part(index: number, more: Partial<ChordPart> = {}): ChordPart {
  return { taskId: `t${index}`, index, state: 'SUCCESS', payload: bytesOf(`${index}`), ...more };
}

const PLAN = bytesOf('{"body":"☃"}');

const open = (store: ChordStore, id: string, size: number, ttlMs = TTL_MS): Promise<void> =>
  store.open({ id, members: firstIntegers(size).map((index) => `t${index}`), plan: PLAN, ttlMs });

async function arrive(
  store: ChordStore,
  chordId: string,
  part: ChordPart,
  more: Pick<ChordArrival, 'records' | 'held'> = {},
): Promise<ChordProgress> {
  const [progress, ...others] = await store.arrive([{ chordId, part, ...more }]);
  assert.deepEqual(others, []);
  return progress!;
}

const record = (taskId: string, state = 'SUCCESS'): ResultRecord => ({
  taskId,
  state,
  final: true,
  payload: bytesOf(`{"status": "${state}", "result": 1, "task_id": "${taskId}"}`),
});

function chordCase(
  name: string,
  body: (store: ChordStore, chordId: string, world: ChordWorld) => Promise<void>,
): ExamCase<ChordWorld> {
  return { name, run: async (world) => body(await world.connect(), crypto.randomUUID(), world) };
}

/** The indexes of the parts of a complete chord, as answered; undefined for one that is not complete. */
function indexes(progress: ChordProgress): number[] | undefined {
  return progress.complete ? progress.parts.map((each) => each.index) : undefined;
}

function firstIntegers(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}

/** What every chord store must do. */
export const chordExam: Exam<ChordWorld> = [
  chordCase(
    'completes for exactly one part, with all in order, whoever is last',
    async (first, id, world) => {
      const size = 200;
      const stores = [first, await world.connect(), await world.connect(), await world.connect()];
      await open(first, id, size);
      const shuffled = firstIntegers(size)
        .map((index) => ({ index, at: (index * 7919) % 211 }))
        .sort((a, b) => a.at - b.at);
      const all = await Promise.all(shuffled.map(({ index }, i) => arrive(stores[i % 4]!, id, part(index))));
      const complete = all.filter((each) => each.complete);
      assert.equal(complete.length, 1);
      assert.deepEqual(indexes(complete[0]!), firstIntegers(size));
    },
  ),

  chordCase('a chord of one completes at once', async (store, id) => {
    await open(store, id, 1);
    assert.deepEqual(indexes(await arrive(store, id, part(0))), [0]);
  }),

  chordCase('parts come back as they arrived', async (store, id) => {
    await open(store, id, 3);
    const parts = [
      part(0, { taskId: 'ä', payload: bytesOf('{"é":[1,null,"☃"]}') }),
      part(1, { state: 'FAILURE', payload: bytesOf('{"exc_type":"Error"}') }),
      part(2, { state: 'REVOKED', payload: bytesOf('""') }),
    ];
    await arrive(store, id, parts[1]!);
    await arrive(store, id, parts[2]!);
    const last = await arrive(store, id, parts[0]!);
    assert.ok(last.complete);
    const readable = (each: ChordPart) => ({ ...each, payload: textOf(each.payload) });
    assert.deepEqual(last.parts.map(readable), parts.map(readable));
  }),

  chordCase('a part that arrives twice counts once, and stays as it first was', async (store, id) => {
    await open(store, id, 2);
    assert.equal((await arrive(store, id, part(0))).complete, false);
    assert.equal((await arrive(store, id, part(0, { state: 'FAILURE' }))).complete, false);
    const last = await arrive(store, id, part(1));
    assert.ok(last.complete);
    assert.deepEqual(
      last.parts.map((each) => each.state),
      ['SUCCESS', 'SUCCESS'],
    );
  }),

  chordCase(
    'the part that completed it completes it again, no other does, until dropped',
    async (store, id, world) => {
      const other = await world.connect();
      await open(store, id, 3);
      for (const index of [2, 0]) await arrive(store, id, part(index));
      assert.deepEqual(indexes(await arrive(store, id, part(1))), [0, 1, 2]);
      for (const index of [0, 2]) assert.equal((await arrive(store, id, part(index))).complete, false);
      assert.deepEqual(indexes(await arrive(other, id, part(1))), [0, 1, 2]);
      await other.drop(id);
      assert.equal((await arrive(store, id, part(1))).complete, false);
    },
  ),

  chordCase('growing delays completion', async (store, id, world) => {
    await open(store, id, 1);
    const other = await world.connect();
    await other.grow(id, { taskId: 't1', index: 1 });
    await store.grow(id, { taskId: 't2', index: 2 });
    assert.equal((await arrive(store, id, part(0))).complete, false);
    assert.equal((await arrive(store, id, part(1))).complete, false);
    assert.deepEqual(indexes(await arrive(store, id, part(2))), [0, 1, 2]);
  }),

  chordCase('opening again keeps parts and size', async (store, id) => {
    await open(store, id, 2);
    await arrive(store, id, part(0));
    await store.grow(id, { taskId: 't2', index: 2 });
    await open(store, id, 2);
    assert.equal((await arrive(store, id, part(1))).complete, false);
    assert.deepEqual(indexes(await arrive(store, id, part(2))), [0, 1, 2]);
  }),

  chordCase('chords do not mix', async (store, id) => {
    const other = crypto.randomUUID();
    await open(store, id, 2);
    await open(store, other, 2);
    await arrive(store, id, part(0));
    assert.equal((await arrive(store, other, part(1))).complete, false);
    await store.drop(other);
    assert.equal((await arrive(store, id, part(1))).complete, true);
  }),

  chordCase('a dropped chord never completes; dropping again is fine', async (store, id) => {
    await open(store, id, 2);
    await arrive(store, id, part(0));
    await store.drop(id);
    await store.drop(id);
    assert.equal((await arrive(store, id, part(1))).complete, false);
  }),

  chordCase('a chord is given up when its time is over', async (store, id) => {
    let attempt = '';
    await eventually(async () => {
      // Opened anew each time, for an arrival may find it alive.
      attempt = `${id}:${Number(attempt.split(':')[1] ?? 0) + 1}`;
      await open(store, attempt, 2, 20);
      await arrive(store, attempt, part(0));
      await new Promise((resolve) => setTimeout(resolve, 60));
      return !(await arrive(store, attempt, part(1))).complete;
    }, 'it has expired');
    await open(store, id, 2);
    await arrive(store, id, part(0));
    assert.equal((await arrive(store, id, part(1))).complete, true);
  }),

  chordCase('a member that is added twice counts once', async (store, id, world) => {
    await open(store, id, 1);
    await store.grow(id, { taskId: 'more', index: 0 });
    await (await world.connect()).grow(id, { taskId: 'more', index: 0 });
    assert.equal((await arrive(store, id, part(0))).complete, false);
    assert.equal((await arrive(store, id, part(0, { taskId: 'more' }))).complete, true);
  }),

  chordCase('results are kept with the part that they belong to', async (store, id, world) => {
    const results = await world.results();
    const kept = async (taskId: string) => (await results.fetch([taskId])).get(taskId)?.state;
    await open(store, id, 2);
    await arrive(store, id, part(0), { records: [record('t0')] });
    assert.equal(await kept('t0'), 'SUCCESS');
    await arrive(store, id, part(1), { records: [record('t1', 'FAILURE'), record('other')] });
    assert.deepEqual([await kept('t1'), await kept('other')], ['FAILURE', 'SUCCESS']);
    // As everywhere, a success stands.
    await arrive(store, id, part(0), { records: [record('t0', 'FAILURE')] });
    assert.equal(await kept('t0'), 'SUCCESS');
    await store.drop(id);
    await arrive(store, id, part(2), { records: [record('t2')] });
    assert.equal(await kept('t2'), 'SUCCESS');
  }),

  chordCase('a review tells what is missing, and what was planned', async (store, id, world) => {
    await open(store, id, 3);
    await arrive(store, id, part(1));
    await store.grow(id, { taskId: 'more', index: 1 });
    const [found, ...others] = await (await world.connect()).review(0, 10);
    assert.deepEqual(others, []);
    assert.equal(found?.id, id);
    assert.equal(textOf(found.plan), textOf(PLAN));
    assert.deepEqual(found.missing, [
      { taskId: 't0', index: 0 },
      { taskId: 't2', index: 2 },
      { taskId: 'more', index: 1 },
    ]);
    assert.equal(found.last, undefined);
  }),

  chordCase('a review answers no more than asked, and none that is dropped', async (store, id) => {
    for (const each of ['a', 'b', 'c']) await open(store, `${id}${each}`, 2);
    assert.equal((await store.review(0, 2)).length, 2);
    await store.drop(`${id}b`);
    const left = (await store.review(0, 10)).map((each) => each.id);
    assert.deepEqual(left.sort(), [`${id}a`, `${id}c`]);
  }),

  chordCase('a review answers each chord to one caller, in its time', async (store, id, world) => {
    const other = await world.connect();
    assert.deepEqual(await store.review(60_000, 10), []);
    let attempt = 0;
    await eventually(async () => {
      attempt += 1;
      const mine = `${id}:${attempt}`;
      await open(store, mine, 2);
      assert.ok(!(await store.review(60_000, 10)).some((each) => each.id === mine), 'it is new');
      await eventually(
        async () => (await store.review(400, 100)).some((each) => each.id === mine),
        'its time has come',
      );
      const answered = Date.now();
      const again = await other.review(400, 100);
      // On a slow machine its time may have come again.
      if (Date.now() - answered > 300) return false;
      assert.ok(!again.some((each) => each.id === mine), 'it was answered just now');
      return true;
    }, 'two reviews come close enough together');
  }),

  chordCase('a review tells the part that completed a chord, once that is long ago', async (store, id) => {
    await open(store, id, 2);
    await arrive(store, id, part(0));
    await arrive(store, id, part(1, { state: 'FAILURE', payload: bytesOf('"ä"') }));
    await eventually(async () => {
      const [found] = await store.review(300, 10);
      if (!found?.last) return false;
      assert.deepEqual(
        { ...found.last, payload: textOf(found.last.payload) },
        {
          taskId: 't1',
          index: 1,
          state: 'FAILURE',
          payload: '"ä"',
        },
      );
      return true;
    }, 'it was completed long ago');
  }),

  chordCase('a review tells nothing of a part whose message is held', async (store, id) => {
    await open(store, id, 1);
    await arrive(store, id, part(0), { held: true });
    let seen = 0;
    await eventually(async () => {
      for (const { last } of await store.review(20, 10)) {
        assert.equal(last, undefined);
        seen += 1;
      }
      return seen === 3;
    }, 'it was reviewed three times');
    // Delivered again, and then acknowledged: whoever has it now is the last to know.
    await arrive(store, id, part(0), { held: false });
    await eventually(
      async () => (await store.review(20, 10)).some(({ last }) => last?.taskId === 't0'),
      'it is told when nobody holds it any more',
    );
  }),

  chordCase('a chord whose time is over is not reviewed', async (store, id) => {
    await open(store, id, 2, 20);
    await open(store, `${id}:live`, 2);
    await eventually(async () => {
      const ids = (await store.review(0, 10)).map((each) => each.id);
      return ids.length === 1 && ids[0] === `${id}:live`;
    }, 'only the other is');
  }),

  chordCase('parts that arrive together are answered each in its place', async (store, id) => {
    const other = `${id}:other`;
    await open(store, id, 3);
    await open(store, other, 1);
    const answers = await store.arrive([
      { chordId: id, part: part(2), records: [record('t2')] },
      { chordId: 'unknown', part: part(0) },
      { chordId: other, part: part(0) },
      { chordId: id, part: part(0) },
      { chordId: id, part: part(1) },
      { chordId: id, part: part(2) },
    ]);
    const none = undefined;
    assert.deepEqual(answers.map(indexes), [none, none, [0], none, [0, 1, 2], none]);
    assert.deepEqual((await store.arrive([])).length, 0);
  }),

  chordCase('a thousand parts arrive together', async (store, id) => {
    await open(store, id, 1000);
    const all = firstIntegers(1000).map((index) => ({ chordId: id, part: part(index) }));
    const [first, rest] = [all.slice(0, 1), all.slice(1)];
    assert.ok((await store.arrive(rest)).every(({ complete }) => !complete));
    assert.deepEqual(indexes((await store.arrive(first))[0]!), firstIntegers(1000));
  }),
];

export function chordConformance(harness: Harness<ChordWorld>): void {
  sitExam('chords', chordExam, harness);
}
