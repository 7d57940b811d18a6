import assert from 'node:assert/strict';
import type { GroupStore } from '../src/index.ts';
import { bytesOf, textOf } from './bytes.ts';
import { type Exam, type ExamCase, type ExamWorld, type Harness, sitExam } from './exam.ts';
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

const fetched = async (store: GroupStore, id: string): Promise<string | undefined> => {
  const payload = await store.fetch(id);
  return payload && textOf(payload);
};

/** What every store of groups must do. */
export const groupExam: Exam<GroupWorld> = [
  groupCase('what one saves another finds, as it was', async (a, b, id) => {
    assert.equal(await fetched(b, id), undefined);
    await a.save(id, bytesOf('{"result": ["☃"]}'));
    assert.equal(await fetched(b, id), '{"result": ["☃"]}');
  }),

  groupCase('saved again, it is what was saved last', async (a, b, id) => {
    await a.save(id, bytesOf('first'), 60_000);
    await b.save(id, bytesOf('second'));
    assert.equal(await fetched(a, id), 'second');
  }),

  groupCase('groups do not mix', async (a, b, id) => {
    await a.save(id, bytesOf('one'));
    await a.save(`${id}:2`, bytesOf('two'));
    await b.forget(id);
    assert.equal(await fetched(a, id), undefined);
    assert.equal(await fetched(a, `${id}:2`), 'two');
  }),

  groupCase('forgetting what is not there is fine', async (a, _, id) => {
    await a.forget(id);
    assert.equal(await fetched(a, id), undefined);
  }),

  groupCase('it is kept as long as was said', async (a, b, id) => {
    await a.save(id, bytesOf('brief'), 40);
    await a.save(`${id}:long`, bytesOf('long'), 60_000);
    await eventually(async () => (await b.fetch(id)) === undefined, 'it has expired');
    assert.equal(await fetched(b, `${id}:long`), 'long');
  }),
];

export function groupConformance(harness: Harness<GroupWorld>): void {
  sitExam('groups', groupExam, harness);
}
