import assert from 'node:assert/strict';
import type { GroupStore } from '../src/index.ts';
import { bytesOf, textOf } from './bytes.ts';
import { type Exam, type ExamCase, type ExamWorld, type Harness, sitExam } from './exam.ts';
import { said } from './records.ts';
import { eventually } from './waiting.ts';

/** One store, private to a case. */
export interface GroupWorld extends ExamWorld {
  /** What another process would see. `dispose` closes it. */
  connect(): Promise<GroupStore>;
}

function groupCase(
  name: string,
  body: (a: GroupStore, b: GroupStore, groupId: string) => Promise<void>,
): ExamCase<GroupWorld> {
  return {
    name,
    run: async (world) => body(await world.connect(), await world.connect(), crypto.randomUUID()),
  };
}

/** What is saved of a group: the tuple of its results, for a store may keep nothing else. */
const groupOf = (id: string, ...members: readonly string[]) => ({
  result: [[id, null], members.map((member) => [[member, null], null])],
});

const save = (store: GroupStore, id: string, member: string, ttlMs?: number): Promise<void> =>
  store.save(id, bytesOf(JSON.stringify(groupOf(id, member))), ttlMs);

const fetched = async (store: GroupStore, id: string): Promise<unknown> => {
  const payload = await store.fetch(id);
  return payload && said(textOf(payload));
};

/** What every store of groups must do. */
export const groupExam: Exam<GroupWorld> = [
  groupCase('what one saves another finds, as it was', async (a, b, id) => {
    assert.equal(await fetched(b, id), undefined);
    const group = {
      result: [
        [id, [['before', null], null]],
        [
          [['one', null], null],
          [[`${id}:inner`, null], [[['☃', [['two', null], null]], null]]],
        ],
      ],
    };
    await a.save(id, bytesOf(JSON.stringify(group)));
    assert.deepEqual(await fetched(b, id), group);
  }),

  groupCase('saved again, it is what was saved last', async (a, b, id) => {
    await save(a, id, 'first', 60_000);
    await save(b, id, 'second');
    assert.deepEqual(await fetched(a, id), groupOf(id, 'second'));
  }),

  groupCase('groups do not mix', async (a, b, id) => {
    await save(a, id, 'one');
    await save(a, `${id}:2`, 'two');
    await b.forget(id);
    assert.equal(await fetched(a, id), undefined);
    assert.deepEqual(await fetched(a, `${id}:2`), groupOf(`${id}:2`, 'two'));
  }),

  groupCase('forgetting what is not there is fine', async (a, _, id) => {
    await a.forget(id);
    assert.equal(await fetched(a, id), undefined);
  }),

  groupCase('it is kept as long as was said', async (a, b, id) => {
    await save(a, id, 'brief', 40);
    await save(a, `${id}:long`, 'long', 60_000);
    await eventually(async () => (await b.fetch(id)) === undefined, 'it has expired');
    assert.deepEqual(await fetched(b, `${id}:long`), groupOf(`${id}:long`, 'long'));
  }),
];

export function groupConformance(harness: Harness<GroupWorld>): void {
  sitExam('groups', groupExam, harness);
}
