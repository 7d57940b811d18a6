import assert from 'node:assert/strict';
import { after, afterEach, beforeEach, describe, test } from 'node:test';
import type { ScheduleStore, StoredSchedule } from '@lovage/contracts';
import { DriverError } from '@lovage/contracts';
import { migrateDjango, requireService } from '../../../tools/services.ts';
import { definitionOf } from './definitions.ts';
import { rawClient, stopSharedServer, World } from './world.ts';

const skip = requireService('postgres') || requireService('django-celery-beat');

const refused = (pattern: RegExp) => (error: unknown) => {
  assert.ok(error instanceof DriverError, String(error));
  assert.equal(error.code, 'refused');
  assert.match(error.message, pattern);
  return true;
};

const TASKS = 'django_celery_beat_periodictask';
const FENCED = { fence: 1, messages: 'keep' } as const;
const SINCE = Date.parse('2026-01-01T00:00:00Z');
const text = (entry: StoredSchedule | undefined) => Buffer.from(entry!.definition).toString();

after(stopSharedServer);

describe('tables of django-celery-beat', { skip }, () => {
  let world: World;
  let store: ScheduleStore;
  beforeEach(async () => {
    world = await World.create('django');
    store = world.open().schedules();
  });
  afterEach(() => world.dispose());

  const put = (name: string, more: object = {}, columns = {}) =>
    store.put([{ name, definition: definitionOf(columns), enabled: true, since: SINCE, ...more }]);
  const claim = async (name: string, previous: number | undefined, occurrence: number, more: object = {}) =>
    (await store.claimRuns([{ name, previous, occurrence, messages: [], ...more }], FENCED))[0];

  /** As Django's admin does it, which says when in the other table. */
  async function inDjango(sql: string, at = new Date().toISOString()): Promise<void> {
    await world.query(sql);
    await world.query(
      `insert into django_celery_beat_periodictasks (ident, last_update) values (1, '${at}')
        on conflict (ident) do update set last_update = excluded.last_update`,
    );
  }
  const make = (name: string, columns: Readonly<Record<string, string | number>> = {}, at?: string) => {
    const all = {
      ...{ name, task: 't', args: '[1, 2]', kwargs: '{}', headers: '{}', description: '', one_off: false },
      ...{ enabled: true, total_run_count: 0, date_changed: '2020-01-01T00:00:00Z', ...columns },
    };
    const values = Object.values(all).map((value) => `'${value}'`);
    return inDjango(
      `insert into ${TASKS} (${Object.keys(all).join(', ')}) values (${values.join(', ')})`,
      at,
    );
  };
  const interval = async (): Promise<number> => {
    const sql = `insert into django_celery_beat_intervalschedule (every, period) values (10, 'seconds') returning id`;
    return (await world.query<{ id: number }>(sql))[0]!.id;
  };

  test('a row of the admin is what its columns say', async () => {
    await make('e', {
      ...{ interval_id: await interval(), queue: 'q', priority: 200, expires: '2027-01-01T00:00:00.123456Z' },
      ...{ kwargs: '{"a": "☃"}', headers: '', exchange: '' },
    });
    assert.deepEqual(JSON.parse(text(await store.get('e'))), {
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
    const [infinite, far] = await world.query<{ id: number }>(moments);
    await make('none');
    await make('two', { interval_id: await interval(), clocked_id: infinite!.id, start_time: '-infinity' });
    await make('far', { clocked_id: far!.id, args: '{"' });
    const schedules = (await store.list()).map((entry) => {
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
    await make('e', { interval_id: await interval(), last_run_at: '2026-01-01T00:00:00.123999Z' });
    const { lastRun, since } = (await store.get('e'))!;
    assert.deepEqual([lastRun, since], [SINCE + 123, SINCE + 123]);
    assert.equal(await claim('e', SINCE + 124, SINCE + 10_123), false);
    assert.equal(await claim('e', SINCE + 123, SINCE + 10_123), true);
    const [row] = await world.query(`select last_run_at from ${TASKS}`);
    assert.deepEqual(row, { last_run_at: new Date(SINCE + 10_123) });
  });

  test('what is made, enabled or given another time counts from then, and nothing else does', async () => {
    const at = (n: number) => new Date(Date.UTC(2026, 0, n)).toISOString();
    const since = async () => (await store.get('e'))!.since;
    const one = `where name = 'e'`;
    await make('e', { interval_id: await interval() }, at(2));
    assert.equal(await since(), Date.parse(at(2)));
    await inDjango(`update ${TASKS} set args = '[]', description = 'other' ${one}`, at(3));
    assert.equal(await since(), Date.parse(at(2)));
    // As the actions of the admin do: the row has no other trace of it.
    await inDjango(`update ${TASKS} set enabled = false, last_run_at = null ${one}`, at(4));
    assert.equal((await store.get('e'))!.enabled, false);
    await inDjango(`update ${TASKS} set enabled = true ${one}`, at(5));
    assert.equal(await since(), Date.parse(at(5)));
    await inDjango('update django_celery_beat_intervalschedule set every = 20', at(6));
    assert.equal(await since(), Date.parse(at(6)));
    // Disabled and enabled between two looks.
    assert.equal(await claim('e', undefined, Date.parse(at(7))), true);
    await inDjango(`update ${TASKS} set last_run_at = null ${one}`, at(8));
    assert.equal(await since(), Date.parse(at(8)));
    await inDjango(`update ${TASKS} set last_run_at = '${at(9)}' ${one}`, at(10));
    assert.equal(await since(), Date.parse(at(8)));
    // By a clock that is ahead.
    await inDjango(`update ${TASKS} set start_time = now() ${one}`, '2100-01-01T00:00:00Z');
    assert.ok((await since()) < Date.now() + 60_000);
  });

  test('each change has another version, and only over that it is made', async () => {
    await make('e', { interval_id: await interval() });
    const { version } = (await store.get('e'))!;
    await inDjango('update django_celery_beat_intervalschedule set every = 20');
    assert.deepEqual(await put('e', { replaces: version }), [false]);
    const seen = (await store.get('e'))!.version;
    await inDjango('update django_celery_beat_intervalschedule set every = 10');
    const back = (await store.get('e'))!.version;
    assert.equal(new Set([version, seen, back]).size, 3);
    assert.deepEqual(await put('e', { replaces: back }), [true]);
  });

  test('a one-off that Python has run, and not disabled before it died, does not run again', async () => {
    await make('e', { interval_id: await interval(), one_off: 'true' });
    assert.equal((await store.get('e'))!.enabled, true);
    await world.query(
      `update ${TASKS} set total_run_count = 1, last_run_at = '${new Date(SINCE).toISOString()}'`,
    );
    assert.equal((await store.get('e'))!.enabled, false);
    assert.equal(await claim('e', SINCE, SINCE + 10_000), false);
  });

  test('one that has run here is shown with its run, and runs again when somebody enables it', async () => {
    await put('e', {}, { one_off: true });
    const message = {
      queue: 'q',
      envelope: { id: 'm', headers: {}, body: new Uint8Array(), contentType: 'x', contentEncoding: 'y' },
    };
    assert.equal(await claim('e', undefined, SINCE + 1, { messages: [message], disable: true }), true);
    const shown = `select enabled, total_run_count as runs, last_run_at as at from ${TASKS}`;
    assert.deepEqual(await world.query(shown), [{ enabled: false, runs: 1, at: new Date(SINCE + 1) }]);
    const before = Date.now() - 1;
    await inDjango(`update ${TASKS} set enabled = true`);
    const { enabled, since, lastSent } = (await store.get('e'))!;
    assert.deepEqual([enabled, lastSent], [true, SINCE + 1]);
    assert.ok(since >= before);
    assert.equal(await claim('e', SINCE + 1, SINCE + 2, { messages: [message], disable: true }), true);
    // Python sets the count back when it disables one; then a run of its own counts again.
    await inDjango(`update ${TASKS} set enabled = true, total_run_count = 0`);
    assert.equal((await store.get('e'))!.enabled, true);
    await world.query(`update ${TASKS} set total_run_count = 1`);
    assert.equal((await store.get('e'))!.enabled, false);
    assert.deepEqual(await put('e', {}, { one_off: true }), [true]);
    assert.equal((await store.get('e'))!.enabled, true);
  });

  test('the time by which Python sees changes grows, also where its clock is ahead', async () => {
    const told = async () => {
      const sql = 'select last_update::text as at from django_celery_beat_periodictasks';
      return (await world.query<{ at: string }>(sql))[0]?.at;
    };
    await put('e');
    assert.ok(await told());
    await inDjango('select 1', '2100-01-01T00:00:00.000001Z');
    await put('e');
    assert.match((await told())!, /^2100-01-01 00:00:00\.000002/);
    await claim('e', undefined, SINCE + 1);
    assert.match((await told())!, /000002/);
    await claim('e', SINCE + 1, SINCE + 2, { disable: true });
    assert.match((await told())!, /000003/);
    await store.remove(['e']);
    assert.match((await told())!, /000004/);
  });

  test('entries with the same schedule share its row, as in Python', async () => {
    const id = await interval();
    const solar = { event: 'sunset', latitude: '1.500000', longitude: '2.000000' };
    await put('a');
    await put('b', {}, { solar });
    await store.put(
      ['c', 'd'].map((name) => ({ name, definition: definitionOf({ solar }), enabled: true, since: SINCE })),
    );
    assert.deepEqual(await world.query(`select interval_id as id from ${TASKS} where name = 'a'`), [{ id }]);
    assert.equal((await world.query('select from django_celery_beat_solarschedule')).length, 1);
    await put('a', {}, { solar });
    const [row] = await world.query(`select interval_id, solar_id from ${TASKS} where name = 'a'`);
    assert.deepEqual(row, { interval_id: null, solar_id: 1 });
  });

  test('an entry that Django makes at the same moment is replaced, or left alone', async () => {
    const id = await interval();
    const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    for (const [name, replaces, made] of [
      ['e', {}, true],
      ['f', { replaces: null }, false],
    ] as const) {
      await using other = await rawClient(world.plainUrl);
      await other.query('begin');
      await other.query(
        `insert into ${TASKS} (name, task, args, kwargs, headers, description, one_off, enabled, total_run_count, date_changed, interval_id)
          values ('${name}', 'theirs', '[]', '{}', '{}', '', false, true, 0, now(), ${id})`,
      );
      const putting = put(name, replaces);
      while ((await world.query(waiting)).length === 0)
        await new Promise((resolve) => setTimeout(resolve, 10));
      await other.query('commit');
      assert.deepEqual(await putting, [made]);
      assert.match(text(await store.get(name)), made ? /"task":"t"/ : /"task":"theirs"/);
    }
  });

  test('what Django deletes is forgotten here', async () => {
    await put('e');
    await inDjango(`delete from ${TASKS}`);
    assert.deepEqual(await store.list(), []);
    assert.deepEqual(await world.query('select from lovage.django_entries'), []);
  });

  test('what is no row of these tables is refused', async () => {
    const bad = (columns: object) =>
      store.put([
        { name: 'e', definition: Buffer.from(JSON.stringify(columns)), enabled: true, since: SINCE },
      ]);
    const whole = JSON.parse(Buffer.from(definitionOf()).toString());
    await assert.rejects(bad([]), refused(/entry 'e' cannot be a row.*not a JSON object/));
    await assert.rejects(bad({ ...whole, overlap: 'skip' }), refused(/there is no column overlap/));
    await assert.rejects(bad({ ...whole, interval: undefined }), refused(/must have one schedule/));
    await assert.rejects(
      bad({ ...whole, clocked: { clocked_time: '2026-01-01T00:00:00Z' } }),
      refused(/one schedule/),
    );
    await assert.rejects(
      bad({ ...whole, interval: { every: 1 } }),
      refused(/interval must say every, period/),
    );
    await assert.rejects(bad({ ...whole, task: {} }), refused(/task must be a text/));
    await assert.rejects(bad({ ...whole, task: 't'.repeat(201) }), refused(/too long/));
    assert.deepEqual(await store.list(), []);
  });

  test('columns of a version to come: what is there runs, and nothing is made', async () => {
    await put('e');
    await world.query(
      `alter table ${TASKS} add owner int not null default 1, add note text not null default ''`,
    );
    await world.query(`alter table ${TASKS} alter owner drop default`);
    store = world.open().schedules();
    await assert.rejects(
      put('f'),
      refused(/need django_celery_beat_periodictask\.owner, .*update @lovage\/django/),
    );
    assert.equal(await claim('e', undefined, SINCE + 1), true);
    assert.deepEqual(await store.remove(['e']), [true]);
  });

  test('messages are kept, and not published', async () => {
    await put('e');
    await assert.rejects(
      store.claimRuns([{ name: 'e', previous: undefined, occurrence: 1, messages: [] }], {
        fence: 1,
        messages: 'publish',
      }),
      (error: unknown) => error instanceof DriverError && error.code === 'unsupported',
    );
  });
});

describe('where tables are missing', { skip }, () => {
  test('what to run is said; those of results are not needed, nor the other way round', async () => {
    await using world = await World.create('django', { empty: true });
    const driver = world.open();
    const advice =
      /no table django_celery_beat_periodictask.*django-celery-beat 2\.1.*manage\.py migrate django_celery_beat/;
    await assert.rejects(driver.schedules().list(), refused(advice));
    migrateDjango(world.plainUrl, ['django_celery_beat 0011']);
    const older = /periodictask has no column expire_seconds.*2\.1 or later/;
    await assert.rejects(world.open().schedules().list(), refused(older));
    migrateDjango(world.plainUrl, ['django_celery_beat']);
    assert.deepEqual(await driver.schedules().list(), []);
    await driver.open();
    await driver.ping();
    assert.ok(await driver.locks().acquire('beat', 'me', 1000));
    const both = world.open();
    both.results();
    both.schedules();
    await assert.rejects(both.open(), refused(/no table django_celery_results_taskresult/));
  });

  test('our own table is made by `migrate`, for those who may not', async () => {
    await using world = await World.create('django');
    assert.deepEqual((await world.open().migrate!()).from, 0);
    assert.deepEqual(await world.open().migrate!(), { from: 1, to: 1 });
    await world.query('select since from lovage.django_entries');
  });
});
