import assert from 'node:assert/strict';
import { after, afterEach, beforeEach, describe, test } from 'node:test';
import type { ChordProgress, ChordStore } from '@lovage/contracts';
import { requireService } from '../../../tools/services.ts';
import { part, record } from './records.ts';
import { stopSharedServer, World } from './world.ts';

const PLAN = Buffer.from('{"body":1}');

/** What a chord's parts are, as answered: task and JSON of its result. */
const parts = (progress: ChordProgress | undefined): [string, string][] | undefined =>
  progress?.complete
    ? progress.parts.map(({ taskId, payload }) => [taskId, Buffer.from(payload).toString()])
    : undefined;

describe("chords beside Python's counter", {
  skip: requireService('postgres') || requireService('django'),
}, () => {
  let world: World;
  let chords: ChordStore;
  beforeEach(async () => {
    world = await World.create('django');
    chords = world.open().results().chords!;
  });
  afterEach(() => world.dispose());
  after(stopSharedServer);

  const open = (id: string, ...members: string[]) => chords.open({ id, members, plan: PLAN, ttlMs: 60_000 });
  const arrive = async (chordId: string, taskId: string, index: number) => {
    const [progress] = await chords.arrive([
      {
        chordId,
        part: part(taskId, index, taskId),
        records: [record(taskId, 'SUCCESS', { result: taskId })],
      },
    ]);
    return parts(progress);
  };
  /** What a worker of Python does when a task of a header has ended: two transactions. True when it sends the body. */
  async function inPython(
    chordId: string,
    taskId: string,
    { count = true, store = true } = {},
  ): Promise<boolean> {
    if (store)
      await world
        .open()
        .results()
        .store([record(taskId, 'SUCCESS', { result: taskId })]);
    if (!count) return false;
    const [left] = await world.query<{ count: number; sub_tasks: string }>(
      'update django_celery_results_chordcounter set count = count - 1 where group_id = $1 and count > 1 returning count, sub_tasks',
      [chordId],
    );
    if (left) return false;
    const [last] = await world.query<{ sub_tasks: string }>(
      'delete from django_celery_results_chordcounter where group_id = $1 returning sub_tasks',
      [chordId],
    );
    if (!last) return false;
    const ids = (JSON.parse(last.sub_tasks) as [[string]][]).map(([[id]]) => id);
    const found = await world.open().results().fetch(ids);
    return ids.every((id) => found.get(id)?.final);
  }
  const counter = async (id: string) => {
    const [row] = await world.query<{ count: number }>(
      'select count from django_celery_results_chordcounter where group_id = $1',
      [id],
    );
    return row?.count;
  };
  /** As Python opens one. */
  const openInPython = (id: string, subTasks: unknown, count: number) =>
    world.query(
      'insert into django_celery_results_chordcounter (group_id, sub_tasks, count) values ($1, $2, $3)',
      [id, JSON.stringify(subTasks), count],
    );

  test('a chord of ours has a counter as Python makes it', async () => {
    await open('c', 'a', 'b');
    assert.deepEqual(
      await world.query('select group_id, sub_tasks::json, count from django_celery_results_chordcounter'),
      [
        {
          group_id: 'c',
          sub_tasks: [
            [['a', null], null],
            [['b', null], null],
          ],
          count: 2,
        },
      ],
    );
    await arrive('c', 'a', 0);
    assert.equal(await counter('c'), 1);
    await arrive('c', 'a', 0);
    assert.equal(await counter('c'), 1);
    await arrive('c', 'b', 1);
    assert.equal(await counter('c'), undefined);
  });

  test('whoever is last completes it, with the parts of both', async () => {
    await open('ours', 'a', 'b', 'c');
    assert.equal(await inPython('ours', 'b'), false);
    assert.equal(await arrive('ours', 'c', 2), undefined);
    assert.deepEqual(await arrive('ours', 'a', 0), [
      ['a', '"a"'],
      ['b', '"b"'],
      ['c', '"c"'],
    ]);
    // And again, should its message come again.
    assert.deepEqual((await arrive('ours', 'a', 0))?.length, 3);
    assert.equal(await arrive('ours', 'c', 2), undefined);

    await open('theirs', 'd', 'e');
    assert.equal(await arrive('theirs', 'd', 0), undefined);
    assert.equal(await inPython('theirs', 'e'), true);
    assert.equal(await arrive('theirs', 'd', 0), undefined);
    assert.equal(await counter('theirs'), undefined);
  });

  test('a chord that Python opened is counted, and never reviewed', async () => {
    await openInPython(
      'c',
      [
        [['a', [['before', null], null]], null],
        [['b', null], null],
      ],
      2,
    );
    assert.equal(await arrive('c', 'a', 0), undefined);
    assert.equal(await counter('c'), 1);
    assert.deepEqual(await chords.review(0, 10), []);
    assert.deepEqual(await arrive('c', 'b', 1), [
      ['a', '"a"'],
      ['b', '"b"'],
    ]);
    await chords.drop('c');
    assert.equal(await counter('c'), undefined);
  });

  test('a header with groups in it is kept as a group', async () => {
    const nested = [
      [
        ['g', null],
        [
          [['a', null], null],
          [['b', null], null],
        ],
      ],
      [['c', null], null],
    ];
    await openInPython('c', nested, 3);
    for (const id of ['a', 'b']) await arrive('c', id, 0);
    assert.equal((await arrive('c', 'c', 1))?.length, 3);
    const saved = await world.open().results().groups!.fetch('c');
    assert.deepEqual(JSON.parse(Buffer.from(saved!).toString()), { result: [['c', null], nested] });
  });

  test('one that Python has counted down too early is counted on', async () => {
    await open('c', 'a', 'b', 'x');
    // Its message was delivered twice.
    assert.equal(await inPython('c', 'b'), false);
    assert.equal(await inPython('c', 'b'), false);
    assert.equal(await counter('c'), 1);
    assert.equal(await arrive('c', 'a', 0), undefined, 'x has not ended');
    assert.equal(await counter('c'), 1);
    assert.deepEqual((await arrive('c', 'x', 2))?.length, 3);

    await open('gone', 'd', 'e', 'f');
    for (let i = 0; i < 3; i += 1) assert.equal(await inPython('gone', 'e'), false);
    assert.equal(await counter('gone'), undefined);
    assert.equal(await arrive('gone', 'd', 0), undefined);
    assert.equal(await counter('gone'), 1);
    assert.equal((await arrive('gone', 'f', 2))?.length, 3);
  });

  test('one that Python has completed is not reviewed, and forgotten', async () => {
    await open('c', 'a', 'b');
    await arrive('c', 'a', 0);
    assert.equal(await inPython('c', 'b'), true);
    assert.deepEqual(await chords.review(0, 10), []);
    assert.deepEqual(await world.query('select name from lovage.chords'), []);
    // Opened again, as where its message came again: not counted anew, nor by Python.
    await open('d', 'a', 'x');
    await inPython('d', 'a');
    await inPython('d', 'x');
    await open('d', 'a', 'x');
    assert.equal(await counter('d'), undefined);
  });

  test('what Python counted to its end is not completed again by who looks after it too late', async () => {
    await open('c', 'a', 'b');
    assert.equal(await inPython('c', 'a'), false);
    assert.equal(await inPython('c', 'b'), true);
    // Read before it was counted there, and told of afterwards.
    for (const [i, id] of ['a', 'b'].entries()) {
      const [progress] = await chords.arrive([{ chordId: 'c', part: part(id, i, id) }]);
      assert.equal(progress?.complete, false);
    }
    assert.equal(await counter('c'), undefined);
  });

  test('a part that Python has kept and never counted is told of, others of its are not', async () => {
    await open('c', 'a', 'b', 'd', 'e');
    await inPython('c', 'a');
    await inPython('c', 'b', { count: false });
    const missing = async () => (await chords.review(0, 10))[0]?.missing.map(({ taskId }) => taskId);
    // Both ended long ago: one of them was counted, nobody knows which.
    assert.deepEqual(await missing(), ['a', 'd', 'e']);
    await arrive('c', 'a', 0);
    assert.deepEqual(await missing(), ['d', 'e']);
    await arrive('c', 'd', 2);
    assert.deepEqual(
      (await arrive('c', 'e', 3))?.map(([id]) => id),
      ['a', 'b', 'd', 'e'],
    );
  });

  test('what has ended in Python just now is about to be counted', async () => {
    await open('c', 'a', 'b');
    await world
      .open()
      .results()
      .store([record('a', 'SUCCESS', { date_done: new Date().toISOString() })]);
    await world.query('update lovage.chords set seen = 0');
    const [found] = await chords.review(3_600_000, 10);
    assert.deepEqual(found?.missing, [{ taskId: 'b', index: 1 }]);
  });

  test('a member that is added is one for Python too', async () => {
    await open('c', 'a', 'b');
    await chords.grow('c', { taskId: 'x', index: 0 });
    await chords.grow('c', { taskId: 'x', index: 0 });
    assert.equal(await counter('c'), 3);
    await inPython('c', 'x');
    await inPython('c', 'b');
    assert.deepEqual(
      (await arrive('c', 'a', 0))?.map(([id]) => id),
      ['a', 'x', 'b'],
    );
    await chords.grow('unknown', { taskId: 'x', index: 0 });
  });

  test('both at once: one completes it', async () => {
    const others = Array.from({ length: 4 }, () => world.open().results().chords!);
    for (let round = 0; round < 10; round += 1) {
      const id = `c${round}`;
      const members = Array.from({ length: 12 }, (_, i) => `${id}:${i}`);
      await open(id, ...members);
      const ends = await Promise.all(
        members.map(async (member, i) => {
          if (i % 3 === 0) return inPython(id, member);
          const [progress] = await others[i % 4]!.arrive([
            { chordId: id, part: part(member, i), records: [record(member)] },
          ]);
          return progress!.complete;
        }),
      );
      assert.equal(ends.filter(Boolean).length, 1, id);
      assert.equal(await counter(id), undefined);
    }
  });
});
