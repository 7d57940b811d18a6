import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { requireService } from '../../../tools/services.ts';
import { part, record } from './records.ts';
import { type Kind, SCHEMES, stopSharedServer, World } from './world.ts';

const TABLES = {
  django: {
    tasks: 'django_celery_results_taskresult',
    groups: 'django_celery_results_groupresult',
    id: 'task_id',
  },
  sqlalchemy: { tasks: 'celery_taskmeta', groups: 'celery_tasksetmeta', id: 'task_id' },
} as const;
const DAY_MS = 86_400_000;

describe("what expires in python's tables", {
  skip: requireService('postgres') || requireService('django'),
}, () => {
  after(stopSharedServer);

  for (const kind of Object.keys(SCHEMES) as Kind[]) {
    const { tasks, groups, id } = TABLES[kind];
    const group = (groupId: string) => Buffer.from(JSON.stringify({ result: [[groupId, null], []] }));

    test(`${kind}: what was done longer ago than results are kept goes, at most so many, and groups with it`, async () => {
      await using world = await World.create(kind);
      const results = world.open({ resultTtlMs: DAY_MS }).results();
      const now = new Date().toISOString();
      await results.store(['a', 'b', 'c'].map((each) => record(each)));
      await results.store([record('new', 'SUCCESS', { date_done: now })]);
      await results.groups!.save('old', group('old'));
      await world.query(`update ${groups} set date_done = date_done - interval '25 hours'`);
      await results.groups!.save('young', group('young'));
      assert.deepEqual([await results.sweep(2), await results.sweep(10), await results.sweep(10)], [2, 2, 0]);
      assert.deepEqual(await world.query(`select ${id} as id from ${tasks}`), [{ id: 'new' }]);
      assert.equal(await results.groups!.fetch('old'), undefined);
      assert.ok(await results.groups!.fetch('young'));
    });

    test(`${kind}: where results are kept for ever nothing goes`, async () => {
      await using world = await World.create(kind);
      const results = world.open().results();
      await results.store([record('a')]);
      assert.equal(await results.sweep(10), 0);
      assert.equal((await results.fetch(['a'])).size, 1);
    });

    test(`${kind}: a task that has not ended`, async () => {
      await using world = await World.create(kind);
      const results = world.open({ resultTtlMs: DAY_MS }).results();
      await results.store([record('a', 'STARTED', { date_done: null })]);
      assert.equal(await results.sweep(10), 0);
      await world.query(`update ${tasks} set date_done = date_done - interval '25 hours'`);
      // Django dates every row, and cleans by that; SQLAlchemy's have no date until they end.
      assert.equal(await results.sweep(10), kind === 'django' ? 1 : 0);
    });

    test(`${kind}: a chord that has expired goes, and Python's counter of it`, async () => {
      await using world = await World.create(kind);
      const results = world.open().results();
      await results.chords!.open({ id: 'c', members: ['a', 'b'], plan: Buffer.from('p'), ttlMs: 60_000 });
      await results.chords!.open({ id: 'live', members: ['a'], plan: Buffer.from('p'), ttlMs: 60_000 });
      await results.chords!.arrive([{ chordId: 'c', part: part('a', 0) }]);
      await world.query("update lovage.chords set expires = 1 where name = 'c'");
      assert.equal(await results.sweep(10), 1);
      assert.deepEqual(await world.query('select name from lovage.chords'), [{ name: 'live' }]);
      if (kind === 'django') {
        const counters = await world.query('select group_id from django_celery_results_chordcounter');
        assert.deepEqual(counters, [{ group_id: 'live' }]);
      }
    });
  }
});
