import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { driver } from '@lovage/sqlite';
import { Changes } from '../src/changes.ts';
import { explain } from '../src/errors.ts';
import { pathFromUrl } from '../src/location.ts';
import { LogKeeper } from '../src/log-keeper.ts';
import type { Connection } from '../src/node-sqlite.ts';
import { readOptions } from '../src/options.ts';
import { Writer } from '../src/writer.ts';
import { file, open } from './files.ts';

describe('sqlite: URL and options', () => {
  test('three slashes are relative, four absolute, none the default', () => {
    assert.equal(pathFromUrl('sqlite:///data/q.db'), resolve('data/q.db'));
    assert.equal(pathFromUrl('sqlite:////var/lib/q.db'), '/var/lib/q.db');
    assert.equal(pathFromUrl('sqlite:////var/a%20b.db?synchronous=full'), '/var/a b.db');
    for (const url of ['sqlite://', 'sqlite:///', 'sqlite://?synchronous=full']) {
      assert.equal(pathFromUrl(url), resolve('.lovage/lovage.db'));
    }
  });

  test('what names no file is refused', () => {
    assert.throws(() => pathFromUrl('sqlite://data/q.db'), {
      code: 'refused',
      message: /names a host.*sqlite:\/\/\/rel/,
    });
    assert.throws(() => pathFromUrl('sqlite:///:memory:'), { code: 'refused', message: /use memory:\/\// });
    assert.throws(() => pathFromUrl('sqlite:///data/'), { code: 'refused', message: /names no file/ });
    assert.throws(() => pathFromUrl('sqlite:///100%'), { code: 'refused', message: /%25/ });
  });

  test('the query is over the transport options', () => {
    const transport = { synchronous: 'full', polling_interval: 0.5 };
    const { synchronous, pollMs } = readOptions('sqlite:///q.db?synchronous=normal', { transport });
    assert.deepEqual([synchronous, pollMs], ['normal', 500]);
  });

  test('an unknown option is refused with the nearest name, an impossible value with what is possible', () => {
    const create = (query: string) => () => driver.create(`sqlite:///q.db?${query}`, {});
    assert.throws(create('syncronous=full'), {
      code: 'refused',
      message: /no option syncronous. Did you mean synchronous\?/,
    });
    assert.throws(create('synchronous=off'), { code: 'refused', message: /must be normal or full/ });
    assert.throws(create('polling_interval=0'), { code: 'refused', message: /0\.001 to 60 seconds/ });
    assert.throws(() => driver.create('sqlite://', { transport: { visibility_timeout: 3600 } }), {
      code: 'refused',
      message: /no option visibility_timeout\. It knows synchronous and polling_interval/,
    });
  });
});

describe('sqlite: writer', () => {
  function writer(t: TestContext, path = file(t)) {
    const connection = open(t, path);
    connection.exec('create table if not exists kept (x integer unique)');
    const seen = { commits: 0, rollbacks: 0 };
    const made = new Writer(connection, {
      timeoutMs: 2000,
      committed: () => {
        seen.commits += 1;
      },
      rolledBack: () => {
        seen.rollbacks += 1;
      },
    });
    const insert = (x: number) =>
      made.write(() => connection.prepare('insert into kept values (?)').run(x).changes);
    const kept = () =>
      connection
        .prepare('select x from kept order by x')
        .all()
        .map((row) => row['x']);
    return { connection, made, insert, kept, seen };
  }

  test('what is written in one turn is one transaction', async (t) => {
    const { insert, kept, seen } = writer(t);
    await Promise.all([1, 2, 3].map(insert));
    await Promise.resolve().then(() => insert(4));
    assert.deepEqual([kept(), seen.commits], [[1, 2, 3, 4], 2]);
  });

  test('one that fails does not fail its neighbours', async (t) => {
    const { insert, kept, seen } = writer(t);
    const outcomes = await Promise.allSettled([1, 2, 2, 3].map(insert));
    assert.deepEqual(
      outcomes.map((each) => each.status),
      ['fulfilled', 'fulfilled', 'rejected', 'fulfilled'],
    );
    assert.deepEqual(kept(), [1, 2, 3]);
    assert.ok(seen.rollbacks > 0);
  });

  test('while the file is locked, calls keep their order and timers run', async (t) => {
    const path = file(t);
    const { insert, kept, made } = writer(t, path);
    const holder = open(t, path);
    holder.exec('begin immediate');
    const order: number[] = [];
    const writes = [1, 2].map((x) => insert(x).then(() => order.push(x)));
    await new Promise((done) => setTimeout(done, 5));
    writes.push(insert(3).then(() => order.push(3)));
    holder.exec('commit');
    await made.drained();
    await Promise.all(writes);
    assert.deepEqual(
      [kept(), order],
      [
        [1, 2, 3],
        [1, 2, 3],
      ],
    );
  });
});

describe('sqlite: log keeper', () => {
  /** Pages in the log that are not yet in the file, as SQLite counts them. */
  function pending(connection: Connection): number {
    const row = connection.prepare('pragma wal_checkpoint(noop)').get();
    return Number(row?.['log']) - Number(row?.['checkpointed']);
  }

  function busyFile(t: TestContext) {
    const path = file(t);
    const connection = open(t, path);
    connection.exec('pragma journal_mode = wal; create table filler (x)');
    const keeper = new LogKeeper(connection, path);
    const fill = () => connection.exec('insert into filler values (zeroblob(17000000))');
    return { path, connection, keeper, fill };
  }

  test('a long log is moved into the file, and begins anew', (t) => {
    const { path, connection, keeper, fill } = busyFile(t);
    fill();
    assert.ok(pending(connection) > 4000);
    keeper.committed();
    assert.equal(pending(connection), 0);
    const size = statSync(`${path}-wal`).size;
    connection.exec('insert into filler values (1)');
    assert.equal(statSync(`${path}-wal`).size, size);
  });

  test('where another process is writing, it is left for later', (t) => {
    const { path, connection, keeper, fill } = busyFile(t);
    const other = open(t, path);
    fill();
    other.exec('pragma wal_autocheckpoint = 0; begin immediate; insert into filler values (1)');
    keeper.committed();
    other.exec('commit');
    assert.ok(pending(connection) > 0);
    for (let commits = 0; commits < 16; commits += 1) keeper.committed();
    fill();
    for (let commits = 0; commits < 16; commits += 1) keeper.committed();
    assert.equal(pending(connection), 0);
  });
});

describe('sqlite: errors', () => {
  const explained = (run: () => void) => {
    try {
      run();
    } catch (error) {
      const { code, message } = explain(error, '/data/q.db');
      return `${code}: ${message}`;
    }
    return assert.fail('it must throw');
  };

  test('a full disk and a read-only file say what to do', (t) => {
    const path = file(t);
    const full = open(t, path);
    full.exec('create table filler (x); pragma max_page_count = 3');
    assert.match(
      explained(() => full.exec('insert into filler select zeroblob(100000)')),
      /^unavailable: the disk that holds \/data\/q\.db is full: free some space/,
    );
    const readOnly = open(t, path);
    readOnly.exec('pragma query_only = 1');
    assert.match(
      explained(() => readOnly.exec('insert into filler values (1)')),
      /^refused: cannot write to \/data\/q\.db: make the file and its directory writable/,
    );
  });
});

describe('sqlite: changes', () => {
  test('where the file system announces nothing, looking takes over', async (t) => {
    const walPath = `${file(t)}-wal`;
    writeFileSync(walPath, '');
    let version = 0;
    const log = Promise.withResolvers<string>();
    const changes = new Changes({ walPath, version: () => version, pollMs: undefined, log: log.resolve });
    t.after(() => changes.stop());
    let told = 0;
    changes.on('messages', () => {
      told += 1;
      version += 1;
    });
    version += 1;
    assert.match(await log.promise, /looking for changes every 8 ms: changes come unannounced/);
    const before = told;
    while (told < before + 3) await new Promise(setImmediate);
  });

  test('nothing runs while nobody listens', () => {
    const changes = new Changes({
      walPath: '/nowhere',
      version: () => assert.fail('it must not look'),
      pollMs: 1,
      log: () => {},
    });
    changes.touched(new Set(['messages']));
  });

  test('a commit of ours is told to those it concerns', (t) => {
    const changes = new Changes({ walPath: '/nowhere', version: () => 0, pollMs: 1000, log: () => {} });
    t.after(() => changes.stop());
    const told: string[] = [];
    changes.on('messages', () => told.push('messages'));
    const stop = changes.on('results', () => told.push('results'));
    changes.touched(new Set(['results']));
    stop();
    changes.touched(new Set(['results', 'messages']));
    assert.deepEqual(told, ['results', 'messages']);
  });
});

test('sqlite: loading node:sqlite prints no warning, and no other is dropped', () => {
  const program = `
    const { driver } = await import('@lovage/sqlite');
    const store = driver.create('sqlite:///' + process.argv[1], {});
    await store.open();
    await store.close();
    process.emitWarning('still heard', 'ExperimentalWarning');`;
  const folder = mkdtempSync(join(tmpdir(), 'lovage-sqlite-'));
  const { stderr, status } = spawnSync(
    process.execPath,
    ['--conditions=lovage-source', '--input-type=module', '--eval', program, join(folder, 'w.db')],
    { encoding: 'utf8', cwd: import.meta.dirname },
  );
  rmSync(folder, { recursive: true });
  assert.equal(status, 0, stderr);
  assert.match(stderr, /still heard/);
  assert.doesNotMatch(stderr, /SQLite/);
});
