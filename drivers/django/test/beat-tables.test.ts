import assert from 'node:assert/strict';
import { after, afterEach, beforeEach, describe, test } from 'node:test';
import { DriverError } from '@lovage/contracts';
import { migrateDjango, requireService } from '../../../tools/services.ts';
import { beatWorld, SINCE, TASKS, text } from './beat-world.ts';
import { definitionOf } from './definitions.ts';
import { rawClient, stopSharedServer, World } from './world.ts';

const skip = requireService('postgres') || requireService('django-celery-beat');

const refused = (pattern: RegExp) => (error: unknown) => {
  assert.ok(error instanceof DriverError, String(error));
  assert.equal(error.code, 'refused');
  assert.match(error.message, pattern);
  return true;
};

after(stopSharedServer);

describe('what is made in tables of django-celery-beat', { skip }, () => {
  let on: Awaited<ReturnType<typeof beatWorld>>;
  beforeEach(async () => {
    on = await beatWorld();
  });
  afterEach(() => on.dispose());

  test('entries with the same schedule share its row, as in Python', async () => {
    const id = await on.interval();
    const solar = { event: 'sunset', latitude: '1.500000', longitude: '2.000000' };
    await on.put('a');
    await on.put('b', {}, { solar });
    await on.store.put(
      ['c', 'd'].map((name) => ({ name, definition: definitionOf({ solar }), enabled: true, since: SINCE })),
    );
    assert.deepEqual(await on.world.query(`select interval_id as id from ${TASKS} where name = 'a'`), [
      { id },
    ]);
    assert.equal((await on.world.query('select from django_celery_beat_solarschedule')).length, 1);
    await on.put('a', {}, { solar });
    const [row] = await on.world.query(`select interval_id, solar_id from ${TASKS} where name = 'a'`);
    assert.deepEqual(row, { interval_id: null, solar_id: 1 });
  });

  test('an entry that Django makes at the same moment is replaced, or left alone', async () => {
    const id = await on.interval();
    const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    for (const [name, replaces, made] of [
      ['e', {}, true],
      ['f', { replaces: null }, false],
    ] as const) {
      await using other = await rawClient(on.world.plainUrl);
      await other.query('begin');
      await other.query(
        `insert into ${TASKS} (name, task, args, kwargs, headers, description, one_off, enabled, total_run_count, date_changed, interval_id)
          values ('${name}', 'theirs', '[]', '{}', '{}', '', false, true, 0, now(), ${id})`,
      );
      const putting = on.put(name, replaces);
      while ((await on.world.query(waiting)).length === 0)
        await new Promise((resolve) => setTimeout(resolve, 10));
      await other.query('commit');
      assert.deepEqual(await putting, [made]);
      assert.match(text(await on.store.get(name)), made ? /"task":"t"/ : /"task":"theirs"/);
    }
  });

  test('what is no row of these tables is refused', async () => {
    const bad = (columns: object) =>
      on.store.put([
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
    assert.deepEqual(await on.store.list(), []);
  });

  test('columns of a version to come: what is there runs, and nothing is made', async () => {
    await on.put('e');
    await on.world.query(
      `alter table ${TASKS} add owner int not null default 1, add note text not null default ''`,
    );
    await on.world.query(`alter table ${TASKS} alter owner drop default`);
    const store = on.world.open().schedules();
    const f = { name: 'f', definition: definitionOf(), enabled: true, since: SINCE };
    const says = /need django_celery_beat_periodictask\.owner, .*update @lovage\/django/;
    await assert.rejects(store.put([f]), refused(says));
    const run = { name: 'e', previous: undefined, occurrence: SINCE + 1, messages: [] };
    assert.deepEqual(await store.claimRuns([run], { fence: 1, messages: 'keep' }), [true]);
    assert.deepEqual(await store.remove(['e']), [true]);
  });

  test('messages are kept, and not published', async () => {
    await on.put('e');
    await assert.rejects(
      on.store.claimRuns([{ name: 'e', previous: undefined, occurrence: 1, messages: [] }], {
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
    assert.ok(await driver.locks().acquire('beat', 'me', 1000));
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
