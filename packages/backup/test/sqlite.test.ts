import assert from 'node:assert/strict';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, suite, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { openDatabase } from '@lovage/kysely';
import { main } from '../src/cli.ts';
import {
  BackupFailed,
  checkBackup,
  createBackup,
  exportJson,
  listBackups,
  restoreBackup,
} from '../src/index.ts';

suite('SQLite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lovage-backup-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const file = (name: string) => join(folder, name);
  const url = `sqlite:///${file('rota.db')}`;
  const db = new DatabaseSync(file('rota.db'));
  db.exec('pragma journal_mode = wal; create table shift (id integer primary key, who text, photo blob)');
  const insert = db.prepare('insert into shift (who, photo) values (?, ?)');
  for (let row = 0; row < 3_000; row += 1) insert.run(`Ann ${row}`, Buffer.alloc(200, row));
  after(() => db.close());
  const rowsOf = (path: string): number => {
    const copy = new DatabaseSync(path, { readOnly: true });
    try {
      return Number(copy.prepare('select count(*) as n from shift').get()?.['n']);
    } finally {
      copy.close();
    }
  };
  const refuses = (promise: Promise<unknown>, message: RegExp) =>
    assert.rejects(promise, (error) => {
      assert.ok(error instanceof BackupFailed);
      assert.match(error.message, message);
      return true;
    });

  test('a copy is made while it is written, and is one that can be restored', async () => {
    const made = createBackup({ url, folder: file('online'), name: 'rota' });
    for (let row = 0; row < 50; row += 1) {
      insert.run('beside', Buffer.alloc(200));
      await new Promise(setImmediate);
    }
    const backup = await made;
    assert.deepEqual(
      readdirSync(file('online')),
      [backup.path.slice(file('online').length + 1)],
      'and nothing beside it',
    );
    assert.equal(statSync(backup.path).mode & 0o777, 0o600, 'for its owner alone');
    assert.ok(rowsOf(backup.path) >= 3_000);
    await checkBackup(backup);

    const target = `sqlite:///${file('restored.db')}`;
    await restoreBackup({ path: backup.path, url: target });
    assert.equal(rowsOf(file('restored.db')), rowsOf(backup.path));
    await refuses(
      restoreBackup({ path: backup.path, url: target }),
      /restored\.db is there already: say that it may be overwritten$/,
    );
    const open = new DatabaseSync(file('restored.db'));
    open.exec('delete from shift');
    await restoreBackup({ path: backup.path, url: target, overwrite: true });
    assert.equal(
      Number(open.prepare('select count(*) as n from shift').get()?.['n']),
      rowsOf(backup.path),
      'who has it open sees it',
    );
    open.close();
    assert.deepEqual(await listBackups(file('online'), 'rota'), [backup]);
    assert.deepEqual(await listBackups(file('online'), 'another'), []);
  });

  test('what is damaged is found, and not restored', async () => {
    const backup = await createBackup({ url, folder: file('damaged'), name: 'rota' });
    const bytes = readFileSync(backup.path);
    bytes.fill(0xff, 8_192, 12_288);
    writeFileSync(backup.path, bytes);
    await refuses(checkBackup(backup), /damaged|no good/);
    await refuses(
      restoreBackup({ path: backup.path, url: `sqlite:///${file('never.db')}` }),
      /was not restored/,
    );
    await refuses(checkBackup({ path: file('rota.db') }), /is no backup of ours/);
  });

  test('what fails leaves nothing behind, and what a killed one left goes after a day', async () => {
    await refuses(
      createBackup({ url: `sqlite:///${file('nowhere.db')}`, folder: file('failed'), name: 'rota' }),
      /^no backup of rota in .*failed: there is no database .*nowhere\.db$/,
    );
    assert.deepEqual(readdirSync(file('failed')), []);
    writeFileSync(join(file('failed'), '.partial-old'), '');
    writeFileSync(join(file('failed'), '.partial-new'), '');
    utimesSync(join(file('failed'), '.partial-old'), 0, 0);
    const { path } = await createBackup({ url, folder: file('failed'), name: 'rota' });
    assert.deepEqual(readdirSync(file('failed')).sort(), [
      '.partial-new',
      path.slice(file('failed').length + 1),
    ]);
    for (const name of ['../rota', 'a/b', '', '.hidden', 'rota\n'])
      await refuses(createBackup({ url, folder: file('failed'), name }), /is no name for a backup/);
  });

  test('as JSON: every row, without what stays here', async () => {
    await using kysely = openDatabase(url);
    const backup = await exportJson({
      db: kysely,
      folder: file('json'),
      name: 'rota',
      without: { shift: ['who'] },
    });
    const lines = gunzipSync(readFileSync(backup.path))
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual([lines[0].format, lines[0].from], ['lovage-backup-json', 'sqlite']);
    assert.deepEqual(lines[2], {
      table: 'shift',
      row: { id: 2, photo: { $base64: Buffer.alloc(200, 1).toString('base64') } },
    });
    assert.deepEqual(lines.at(-1), { end: true, counts: { shift: lines.length - 2 } });
    await refuses(
      exportJson({ db: kysely, folder: file('json'), name: 'rota', without: { shifts: ['who'] } }),
      /there is no table shifts to leave columns out of; there are shift$/,
    );
    await refuses(restoreBackup({ path: backup.path, url }), /is an export as JSON, which has no schema/);
    truncateSync(backup.path, backup.bytes - 100);
    await refuses(checkBackup(backup), /is damaged: unexpected end of file/);
  });

  test('the command', async (t) => {
    const printed: string[] = [];
    t.mock.method(console, 'log', (text: string) => printed.push(text));
    t.mock.method(console, 'error', (text: string) => printed.push(text));
    process.env['DATABASE_URL'] = url;
    const at = ['--folder', file('command')];
    assert.equal(await main(['create', 'rota', ...at]), 0);
    const path = /\S+\.sqlite$/.exec(printed.join())![0];
    assert.equal(await main(['check', path]), 0);
    assert.equal(await main(['prune', ...at, '--dry-run']), 0);
    process.env['DATABASE_URL'] = `sqlite:///${file('by-command.db')}`;
    assert.equal(await main(['restore', path]), 0);
    assert.equal(await main(['restore', path]), 1);
    delete process.env['DATABASE_URL'];
    assert.equal(await main(['restore', path]), 1);
    assert.match(
      printed.join('\n'),
      /is good\n0 would go, 1 kept\n.* is restored\nError: .* is there already.*\nError: DATABASE_URL is not set/,
    );
    assert.equal(rowsOf(file('by-command.db')), rowsOf(path));
    assert.equal(await main(['prune', '--retention-months', 'many']), 2);
  });
});
