import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { migrate } from '../src/migrate.ts';
import { migrations } from '../src/migrations/index.ts';
import { file, open } from './files.ts';

describe('sqlite: migrations', () => {
  const steps = ['create table a (x)', 'alter table a add column y; insert into a values (1, 2)'];

  test('each step runs once, in order', (t) => {
    const connection = open(t);
    migrate(connection, 'f', steps.slice(0, 1));
    migrate(connection, 'f', steps);
    migrate(connection, 'f', steps);
    assert.deepEqual(
      connection
        .prepare('select x, y from a')
        .all()
        .map((row) => ({ ...row })),
      [{ x: 1, y: 2 }],
    );
  });

  test('a step that fails leaves the file as it was', (t) => {
    const connection = open(t);
    migrate(connection, 'f', steps.slice(0, 1));
    assert.throws(() => migrate(connection, 'f', [...steps.slice(0, 1), 'create table b (x); nonsense']));
    assert.equal(connection.prepare(`select 1 from sqlite_schema where name = 'b'`).get(), undefined);
    migrate(connection, 'f', steps);
  });

  test('another process that migrates between two looks at a new file is no other application', (t) => {
    const path = file(t);
    const [ours, other] = [open(t, path), open(t, path)];
    for (const each of [ours, other]) each.exec('pragma journal_mode = wal');
    const prepare = ours.prepare.bind(ours);
    t.mock.method(ours, 'prepare', (sql: string) => {
      if (sql === 'pragma user_version') migrate(other, path, steps);
      return prepare(sql);
    });
    migrate(ours, path, steps);
    assert.equal(other.prepare('select count(*) as n from a').get()?.['n'], 1);
  });

  test('the released ones build a schema', (t) => {
    const connection = open(t);
    migrate(connection, 'f');
    assert.equal(connection.prepare('pragma user_version').get()?.['user_version'], migrations.length);
  });
});
