import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, afterEach, beforeEach, describe, test } from 'node:test';
import { DriverError } from '@lovage/contracts';
import { migrateDjango, PYTHON, requireService } from '../../../tools/services.ts';
import { CREATE } from '../src/sqlalchemy/create.ts';
import { record, said } from './records.ts';
import { rawClient, stopSharedServer, World } from './world.ts';

const skip = requireService('postgres') || requireService('django') || requireService('celery');

const refused = (pattern: RegExp) => (error: unknown) => {
  assert.ok(error instanceof DriverError, String(error));
  assert.equal(error.code, 'refused');
  assert.match(error.message, pattern);
  return true;
};

/** All that says what tables are: columns in their order, keys, sequences. */
const SHAPE = `
  select table_name || '.' || column_name || ' ' || data_type || coalesce('(' || character_maximum_length || ')', '') || ' ' ||
    is_nullable || ' ' || coalesce(column_default, '') as line, ordinal_position::int as place from information_schema.columns
    where table_schema = 'public'
  union all select indexdef, 0 from pg_indexes where schemaname = 'public'
  union all select sequencename || ' ' || data_type || ' ' || start_value || ' ' || increment_by || ' ' || cache_size, 0
    from pg_sequences where schemaname = 'public' order by 1`;

/** Has Celery make its tables, with a result in them. */
function celeryTables(world: World, { extended }: { extended: boolean }): void {
  const url = world.plainUrl.replace(/^postgresql/, 'db+postgresql+psycopg2');
  const code = `
import sys
from celery import Celery
app = Celery('x', broker='memory://', backend=sys.argv[1])
app.conf.result_extended = sys.argv[2] == 'true'
app.backend.mark_as_done('theirs', {'a': 1})`;
  const { status, stderr } = spawnSync(PYTHON, ['-c', code, url, String(extended)], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
}

after(stopSharedServer);

describe('tables of django-celery-results', { skip }, () => {
  let world: World;
  afterEach(() => world.dispose());
  test('where there are none, what to run is said, and nothing is made', async () => {
    world = await World.create('django', { empty: true });
    const driver = world.open();
    const advice = /no table django_celery_results_taskresult.*manage\.py migrate django_celery_results/;
    await assert.rejects(driver.open(), refused(advice));
    await assert.rejects(driver.results().store([record('a')]), refused(advice));
    assert.deepEqual(await world.query("select tablename from pg_tables where tablename like 'django%'"), []);
    migrateDjango(world.plainUrl);
    await driver.results().store([record('a')]);
    assert.equal((await driver.results().fetch(['a'])).size, 1);
  });

  test('those of an older version are refused, with what is missing', async () => {
    world = await World.create('django', { empty: true });
    migrateDjango(world.plainUrl, ['django_celery_results 0010']);
    await assert.rejects(
      world.open().open(),
      refused(/taskresult has no column periodic_task_name.*2\.3 or later/),
    );
  });

  test('a result is a row as Python would have written it', async () => {
    world = await World.create('django');
    await world
      .open()
      .results()
      .store([
        record('a', 'FAILURE', {
          result: { exc_type: 'E', exc_message: ['☃'], exc_module: 'js' },
          traceback: 'line 1\nli\0ne 2',
          children: [[['c', null], null]],
          group_id: 'g',
          name: 'shop.add',
          args: [1, 'é'],
          kwargs: { unit: 'mg' },
          worker: 'w@h',
          retries: 2,
          queue: 'q',
          periodic_task_name: 'nightly',
        }),
        record('started', 'STARTED', { result: { pid: 1 }, date_done: null }),
      ]);
    const [row, started] = await world.query<Record<string, unknown>>(
      'select * from django_celery_results_taskresult order by task_id',
    );
    const { id: _, date_created: created, date_done: done, meta, ...columns } = row!;
    assert.deepEqual(columns, {
      task_id: 'a',
      status: 'FAILURE',
      result: '{"exc_type":"E","exc_message":["☃"],"exc_module":"js"}',
      traceback: 'line 1\nli\uFFFDne 2',
      task_name: 'shop.add',
      task_args: '[1,"é"]',
      task_kwargs: '{"unit":"mg"}',
      worker: 'w@h',
      periodic_task_name: 'nightly',
      content_type: 'application/json',
      content_encoding: 'utf-8',
    });
    assert.deepEqual(JSON.parse(String(meta)), {
      children: [[['c', null], null]],
      group_id: 'g',
      retries: 2,
      queue: 'q',
    });
    assert.equal((done as Date).toISOString(), '2020-01-02T03:04:05.678Z');
    assert.ok(Math.abs((created as Date).getTime() - Date.now()) < 600_000);
    assert.ok(started!['date_done'] instanceof Date);
  });

  test('what is kept again keeps the day it was made', async () => {
    world = await World.create('django');
    const results = world.open().results();
    await results.store([record('a', 'STARTED')]);
    const made = 'select id, date_created from django_celery_results_taskresult';
    const before = await world.query(made);
    await results.store([record('a', 'SUCCESS', { result: 5 })]);
    assert.deepEqual(await world.query(made), before);
  });

  test('rows of other forms: bare texts of arguments, other content types, broken JSON', async () => {
    world = await World.create('django');
    const results = world.open().results();
    await results.store(['a', 'b', 'c', 'd'].map((id) => record(id, 'SUCCESS', { result: 1 })));
    await world.query(
      `update django_celery_results_taskresult set task_args = '(1, ''x'')', meta = 'none' where task_id = 'a'`,
    );
    await world.query(
      `update django_celery_results_taskresult set content_type = 'application/x-python-serialize',
        content_encoding = 'binary', result = 'gARLBS4=' where task_id = 'b'`,
    );
    await world.query(`update django_celery_results_taskresult set result = '{"a"' where task_id = 'c'`);
    await world.query(
      `update django_celery_results_taskresult set result = null, meta = null where task_id = 'd'`,
    );
    const found = await results.fetch(['a', 'b', 'c', 'd']);
    assert.deepEqual([said(found.get('a'))['args'], said(found.get('a'))['children']], ["(1, 'x')", []]);
    const typeOf = (id: string) => (said(found.get(id))['result'] as { __type__: string }).__type__;
    assert.match(
      typeOf('b'),
      /content type application\/x-python-serialize \(task b\).*result_serializer to json/,
    );
    assert.match(typeOf('c'), /not the utf-8 JSON it should be \(task c\)/);
    assert.equal(said(found.get('d'))['result'], null);
    assert.equal(found.get('b')?.state, 'SUCCESS');
  });
});

describe("tables of Celery's database backend", { skip }, () => {
  let world: World;
  beforeEach(async () => {
    world = await World.create('sqlalchemy');
  });
  afterEach(() => world.dispose());
  test('where there are none we make them as Celery does, once', async () => {
    await Promise.all([world.open().open(), world.open().open(), world.open().open()]);
    assert.equal(world.logged.filter((line) => /made celery_taskmeta/.test(line)).length, 1);
    await using theirs = await World.create('sqlalchemy');
    celeryTables(theirs, { extended: false });
    assert.deepEqual(await world.query(SHAPE), await theirs.query(SHAPE));
    celeryTables(world, { extended: true });
    assert.deepEqual(said((await world.open().results().fetch(['theirs'])).get('theirs'))['result'], {
      a: 1,
    });
  });

  test('where a client of Celery makes them at the same moment, we wait for it', async () => {
    await using other = await rawClient(world.plainUrl);
    await other.query('begin');
    await other.query(CREATE);
    const driver = world.open();
    const opening = driver.open();
    const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    while ((await world.query(waiting)).length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    await other.query('commit');
    await opening;
    await driver.results().store([record('a')]);
    assert.ok(!world.logged.some((line) => /made celery_taskmeta/.test(line)));
  });

  test('those that Celery made before it had result_extended are used as they are', async () => {
    celeryTables(world, { extended: false });
    await world.query(
      'alter table celery_taskmeta drop name, drop args, drop kwargs, drop worker, drop retries, drop queue',
    );
    const before = await world.query(SHAPE);
    const results = world.open().results();
    await results.store([
      record('a', 'SUCCESS', {
        result: 1,
        name: 'shop.add',
        args: [1],
        worker: 'w',
        retries: 1,
      }),
    ]);
    assert.deepEqual(await world.query(SHAPE), before);
    assert.equal(said((await results.fetch(['a'])).get('a'))['result'], 1);
    assert.deepEqual(said((await results.fetch(['theirs'])).get('theirs'))['result'], { a: 1 });
    assert.match(
      world.logged.join('\n'),
      /warn: .*celery_taskmeta has no columns for what resultExtended keeps.*alter table/,
    );
  });

  test('whoever may not make them is told', async () => {
    await world.query('revoke create on schema public from public');
    const role = `lovage_${crypto.randomUUID().slice(0, 8)}`;
    await world.query(`create role ${role} login`);
    try {
      const url = new URL(world.url.replace('db+', ''));
      url.username = role;
      await assert.rejects(
        world.open({}, `db+${url.href}`).open(),
        refused(/no tables celery_taskmeta and celery_tasksetmeta, and this user may not make them/),
      );
    } finally {
      await world.query(`drop role ${role}`);
    }
  });

  test('a result is a row as Python would have written it', async () => {
    await world
      .open()
      .results()
      .store([
        record('a', 'SUCCESS', {
          result: null,
          name: 'n',
          args: [1],
          kwargs: {},
          worker: 'w',
          retries: 2,
          queue: 'q',
        }),
        record('started', 'STARTED', { date_done: null }),
      ]);
    const [row, started] = await world.query<Record<string, unknown>>(
      `select id, result, date_done::text, name, args, kwargs, worker, retries, queue from celery_taskmeta order by id`,
    );
    assert.deepEqual(row, {
      id: 1,
      result: null,
      date_done: '2020-01-02 03:04:05.678901',
      name: 'n',
      args: Buffer.from('[1]'),
      kwargs: Buffer.from('{}'),
      worker: 'w',
      retries: 2,
      queue: 'q',
    });
    assert.equal(started!['date_done'], null);
    assert.equal((await world.query("select nextval('task_id_sequence')::int as next"))[0]!['next'], 3);
  });

  test('what only Python can read is told of, and the rest is there', async () => {
    const results = world.open().results();
    await results.store([record('a', 'SUCCESS', { result: 1 }), record('b', 'FAILURE', { result: {} })]);
    // os.system('x'), and ValueError('no', object()).
    const evil = '8004 8c05706f736978 8c0673797374656d 93 8c0178 85 52 2e'.replaceAll(' ', '');
    const error = '8004 8c086275696c74696e73 8c0a56616c75654572726f72 93 8c026e6f 4b01 86 52 2e'.replaceAll(
      ' ',
      '',
    );
    await world.query(`update celery_taskmeta set result = decode($1, 'hex') where task_id = 'a'`, [evil]);
    await world.query(`update celery_taskmeta set result = decode($1, 'hex') where task_id = 'b'`, [error]);
    const found = await results.fetch(['a', 'b']);
    assert.deepEqual(said(found.get('a'))['result'], {
      __type__: 'a pickled posix.system (task a), which only Python can read',
      __value__: null,
    });
    assert.equal(found.get('a')?.state, 'SUCCESS');
    assert.deepEqual(said(found.get('b'))['result'], {
      exc_type: 'ValueError',
      exc_message: ['no', 1],
      exc_module: 'builtins',
    });
  });
});
