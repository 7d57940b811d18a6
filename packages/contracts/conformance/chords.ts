import assert from 'node:assert/strict';
import type { ChordPart, ChordProgress, ChordStore } from '../src/index.ts';
import { bytesOf, textOf } from './bytes.ts';
import { type Exam, type ExamCase, type ExamWorld, type Harness, sitExam } from './exam.ts';
import { eventually } from './waiting.ts';

/** One store, private to a case. */
export interface ChordWorld extends ExamWorld {
  /** What another process would see. `dispose` closes it. */
  connect(): Promise<ChordStore>;
}

const TTL_MS = 60_000;

function part(index: number, more: Partial<ChordPart> = {}): ChordPart {
  return { taskId: `t${index}`, index, state: 'SUCCESS', payload: bytesOf(`${index}`), ...more };
}

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
      await first.open(id, size, TTL_MS);
      const shuffled = firstIntegers(size)
        .map((index) => ({ index, at: (index * 7919) % 211 }))
        .sort((a, b) => a.at - b.at);
      const all = await Promise.all(shuffled.map(({ index }, i) => stores[i % 4]!.arrive(id, part(index))));
      const complete = all.filter((each) => each.complete);
      assert.equal(complete.length, 1);
      assert.deepEqual(indexes(complete[0]!), firstIntegers(size));
    },
  ),

  chordCase('a chord of one completes at once', async (store, id) => {
    await store.open(id, 1, TTL_MS);
    assert.deepEqual(indexes(await store.arrive(id, part(0))), [0]);
  }),

  chordCase('parts come back as they arrived', async (store, id) => {
    await store.open(id, 3, TTL_MS);
    const parts = [
      part(0, { taskId: 'ä', payload: bytesOf('{"é":[1,null,"☃"]}') }),
      part(1, { state: 'FAILURE', payload: bytesOf('{"exc_type":"Error"}') }),
      part(2, { state: 'REVOKED', payload: bytesOf('""') }),
    ];
    await store.arrive(id, parts[1]!);
    await store.arrive(id, parts[2]!);
    const last = await store.arrive(id, parts[0]!);
    assert.ok(last.complete);
    const readable = (each: ChordPart) => ({ ...each, payload: textOf(each.payload) });
    assert.deepEqual(last.parts.map(readable), parts.map(readable));
  }),

  chordCase('a part that arrives twice counts once, and stays as it first was', async (store, id) => {
    await store.open(id, 2, TTL_MS);
    assert.equal((await store.arrive(id, part(0))).complete, false);
    assert.equal((await store.arrive(id, part(0, { state: 'FAILURE' }))).complete, false);
    const last = await store.arrive(id, part(1));
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
      await store.open(id, 3, TTL_MS);
      for (const index of [2, 0]) await store.arrive(id, part(index));
      assert.deepEqual(indexes(await store.arrive(id, part(1))), [0, 1, 2]);
      for (const index of [0, 2]) assert.equal((await store.arrive(id, part(index))).complete, false);
      assert.deepEqual(indexes(await other.arrive(id, part(1))), [0, 1, 2]);
      await other.drop(id);
      assert.equal((await store.arrive(id, part(1))).complete, false);
    },
  ),

  chordCase('growing delays completion', async (store, id, world) => {
    await store.open(id, 1, TTL_MS);
    await (await world.connect()).grow(id, 2);
    assert.equal((await store.arrive(id, part(0))).complete, false);
    assert.equal((await store.arrive(id, part(1))).complete, false);
    assert.deepEqual(indexes(await store.arrive(id, part(2))), [0, 1, 2]);
  }),

  chordCase('opening again keeps parts and size', async (store, id) => {
    await store.open(id, 2, TTL_MS);
    await store.arrive(id, part(0));
    await store.grow(id, 1);
    await store.open(id, 2, TTL_MS);
    assert.equal((await store.arrive(id, part(1))).complete, false);
    assert.deepEqual(indexes(await store.arrive(id, part(2))), [0, 1, 2]);
  }),

  chordCase('chords do not mix', async (store, id) => {
    const other = crypto.randomUUID();
    await store.open(id, 2, TTL_MS);
    await store.open(other, 2, TTL_MS);
    await store.arrive(id, part(0));
    assert.equal((await store.arrive(other, part(1))).complete, false);
    await store.drop(other);
    assert.equal((await store.arrive(id, part(1))).complete, true);
  }),

  chordCase('a dropped chord never completes; dropping again is fine', async (store, id) => {
    await store.open(id, 2, TTL_MS);
    await store.arrive(id, part(0));
    await store.drop(id);
    await store.drop(id);
    assert.equal((await store.arrive(id, part(1))).complete, false);
  }),

  chordCase('a chord is given up when its time is over', async (store, id) => {
    let attempt = '';
    await eventually(async () => {
      // Opened anew each time, for an arrival may find it alive.
      attempt = `${id}:${Number(attempt.split(':')[1] ?? 0) + 1}`;
      await store.open(attempt, 2, 20);
      await store.arrive(attempt, part(0));
      await new Promise((resolve) => setTimeout(resolve, 60));
      return !(await store.arrive(attempt, part(1))).complete;
    }, 'it has expired');
    await store.open(id, 2, TTL_MS);
    await store.arrive(id, part(0));
    assert.equal((await store.arrive(id, part(1))).complete, true);
  }),
];

export function chordConformance(harness: Harness<ChordWorld>): void {
  sitExam('chords', chordExam, harness);
}
