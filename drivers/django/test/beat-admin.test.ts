import assert from 'node:assert/strict';
import { after, afterEach, beforeEach, describe, test } from 'node:test';
import { requireService } from '../../../tools/services.ts';
import { beatWorld, SINCE, TASKS, text } from './beat-world.ts';
import { stopSharedServer } from './world.ts';

const skip = requireService('postgres') || requireService('django-celery-beat');

after(stopSharedServer);

describe('what Django does to rows of django-celery-beat', { skip }, () => {
  let on: Awaited<ReturnType<typeof beatWorld>>;
  beforeEach(async () => {
    on = await beatWorld();
  });
  afterEach(() => on.dispose());

  test('a row of the admin is what its columns say', async () => {
    await on.make('e', {
      ...{
        interval_id: await on.interval(),
        queue: 'q',
        priority: 200,
        expires: '2027-01-01T00:00:00.123456Z',
      },
      ...{ kwargs: '{"a": "☃"}', headers: '', exchange: '' },
    });
    assert.deepEqual(JSON.parse(text(await on.store.get('e'))), {
      ...{
        task: 't',
        args: '[1, 2]',
        kwargs: '{"a": "☃"}',
        queue: 'q',
        exchange: '',
        priority: 200,
        headers: '',
      },
      ...{ expires: '2027-01-01T00:00:00.123Z', one_off: false, description: '' },
      interval: { every: 10, period: 'seconds' },
    });
  });

  test('rows that no admin would make are listed as they are', async () => {
    const moments = `insert into django_celery_beat_clockedschedule (clocked_time) values ('infinity'), ('290000-01-01Z') returning id`;
    const [infinite, far] = await on.world.query<{ id: number }>(moments);
    await on.make('none');
    await on.make('two', {
      interval_id: await on.interval(),
      clocked_id: infinite!.id,
      start_time: '-infinity',
    });
    await on.make('far', { clocked_id: far!.id, args: '{"' });
    const schedules = (await on.store.list()).map((entry) => {
      const { interval, clocked } = JSON.parse(text(entry));
      return [entry.name, interval, clocked];
    });
    assert.deepEqual(schedules, [
      ['far', undefined, {}],
      ['none', undefined, undefined],
      ['two', { every: 10, period: 'seconds' }, {}],
    ]);
  });

  test('times of Python, to the microsecond, are claimed by their milliseconds', async () => {
    await on.make('e', { interval_id: await on.interval(), last_run_at: '2026-01-01T00:00:00.123999Z' });
    const { lastRun, since } = (await on.store.get('e'))!;
    assert.deepEqual([lastRun, since], [SINCE + 123, SINCE + 123]);
    assert.equal(await on.claim('e', SINCE + 124, SINCE + 10_123), false);
    assert.equal(await on.claim('e', SINCE + 123, SINCE + 10_123), true);
    const [row] = await on.world.query(`select last_run_at from ${TASKS}`);
    assert.deepEqual(row, { last_run_at: new Date(SINCE + 10_123) });
  });

  test('what is made, enabled or given another time counts from then, and nothing else does', async () => {
    const at = (n: number) => new Date(Date.UTC(2026, 0, n)).toISOString();
    const since = async () => (await on.store.get('e'))!.since;
    const one = `where name = 'e'`;
    await on.make('e', { interval_id: await on.interval() }, at(2));
    assert.equal(await since(), Date.parse(at(2)));
    await on.inDjango(`update ${TASKS} set args = '[]', description = 'other' ${one}`, at(3));
    assert.equal(await since(), Date.parse(at(2)));
    // As the actions of the admin do: the row has no other trace of it.
    await on.inDjango(`update ${TASKS} set enabled = false, last_run_at = null ${one}`, at(4));
    assert.equal((await on.store.get('e'))!.enabled, false);
    await on.inDjango(`update ${TASKS} set enabled = true ${one}`, at(5));
    assert.equal(await since(), Date.parse(at(5)));
    await on.inDjango('update django_celery_beat_intervalschedule set every = 20', at(6));
    assert.equal(await since(), Date.parse(at(6)));
    // Disabled and enabled between two looks: who has read this version reads it anew.
    const { version } = (await on.store.get('e'))!;
    assert.equal(await on.claim('e', undefined, Date.parse(at(7))), true);
    await on.inDjango(`update ${TASKS} set last_run_at = null ${one}`, at(8));
    assert.equal(await since(), Date.parse(at(8)));
    assert.notEqual((await on.store.get('e'))!.version, version);
    await on.inDjango(`update ${TASKS} set last_run_at = '${at(9)}' ${one}`, at(10));
    assert.equal(await since(), Date.parse(at(8)));
    // By a clock that is ahead.
    await on.inDjango(`update ${TASKS} set start_time = now() ${one}`, '2100-01-01T00:00:00Z');
    assert.ok((await since()) < Date.now() + 60_000);
  });

  test('each change has another version, and only over that it is made', async () => {
    await on.make('e', { interval_id: await on.interval() });
    const { version } = (await on.store.get('e'))!;
    await on.inDjango('update django_celery_beat_intervalschedule set every = 20');
    assert.deepEqual(await on.put('e', { replaces: version }), [false]);
    const seen = (await on.store.get('e'))!.version;
    await on.inDjango('update django_celery_beat_intervalschedule set every = 10');
    const back = (await on.store.get('e'))!.version;
    assert.equal(new Set([version, seen, back]).size, 3);
    assert.deepEqual(await on.put('e', { replaces: back }), [true]);
  });

  test('a one-off that Python has run, and not disabled before it died, does not run again', async () => {
    await on.make('e', { interval_id: await on.interval(), one_off: 'true' });
    assert.equal((await on.store.get('e'))!.enabled, true);
    await on.world.query(
      `update ${TASKS} set total_run_count = 1, last_run_at = '${new Date(SINCE).toISOString()}'`,
    );
    assert.equal((await on.store.get('e'))!.enabled, false);
    assert.equal(await on.claim('e', SINCE, SINCE + 10_000), false);
  });

  test('one that has run here is shown with its run, and runs again when somebody enables it', async () => {
    await on.put('e', {}, { one_off: true });
    const message = {
      queue: 'q',
      envelope: { id: 'm', headers: {}, body: new Uint8Array(), contentType: 'x', contentEncoding: 'y' },
    };
    assert.equal(await on.claim('e', undefined, SINCE + 1, { messages: [message], disable: true }), true);
    const shown = `select enabled, total_run_count as runs, last_run_at as at from ${TASKS}`;
    assert.deepEqual(await on.world.query(shown), [{ enabled: false, runs: 1, at: new Date(SINCE + 1) }]);
    const before = Date.now() - 1;
    await on.inDjango(`update ${TASKS} set enabled = true`);
    const { enabled, since, lastSent } = (await on.store.get('e'))!;
    assert.deepEqual([enabled, lastSent], [true, SINCE + 1]);
    assert.ok(since >= before);
    assert.equal(await on.claim('e', SINCE + 1, SINCE + 2, { messages: [message], disable: true }), true);
    // Python sets the count back when it disables one; then a run of its own counts again.
    await on.inDjango(`update ${TASKS} set enabled = true, total_run_count = 0`);
    assert.equal((await on.store.get('e'))!.enabled, true);
    await on.world.query(`update ${TASKS} set total_run_count = 1`);
    assert.equal((await on.store.get('e'))!.enabled, false);
    assert.deepEqual(await on.put('e', {}, { one_off: true }), [true]);
    assert.equal((await on.store.get('e'))!.enabled, true);
  });

  test('the time by which Python sees changes grows, also where its clock is ahead', async () => {
    const told = async () => {
      const sql = 'select last_update::text as at from django_celery_beat_periodictasks';
      return (await on.world.query<{ at: string }>(sql))[0]?.at;
    };
    await on.put('e');
    assert.ok(await told());
    await on.inDjango('select 1', '2100-01-01T00:00:00.000001Z');
    await on.put('e');
    assert.match((await told())!, /^2100-01-01 00:00:00\.000002/);
    await on.claim('e', undefined, SINCE + 1);
    assert.match((await told())!, /000002/);
    await on.claim('e', SINCE + 1, SINCE + 2, { disable: true });
    assert.match((await told())!, /000003/);
    await on.store.remove(['e']);
    assert.match((await told())!, /000004/);
  });

  test('what Django deletes is forgotten here', async () => {
    await on.put('e');
    await on.inDjango(`delete from ${TASKS}`);
    assert.deepEqual(await on.store.list(), []);
    assert.deepEqual(await on.world.query('select from lovage.django_entries'), []);
  });
});
