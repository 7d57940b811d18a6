import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { openDatabase } from '@lovage/kysely';
import { sql } from 'kysely';
import {
  type PostgresServer,
  postgresDatabase,
  requireService,
  startPostgres,
} from '../../../tools/services.ts';
import { BackupFailed, checkBackup, createBackup, exportJson, restoreBackup } from '../src/index.ts';

suite('PostgreSQL', { skip: requireService('postgres') }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'lovage-backup-pg-'));
  let server: PostgresServer;
  let url: string;
  before(async () => {
    server = await startPostgres();
    url = await postgresDatabase(server, 'rota');
    await using db = openDatabase(url);
    await sql`create table shift (id bigint primary key, who text, at timestamptz, photo bytea)`.execute(db);
    await sql`insert into shift select n, 'Ann ' || md5(n::text), '2026-11-21T00:00:00Z', '\\x01ff' from generate_series(1, 2500) n`.execute(
      db,
    );
  });
  after(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const file = (name: string) => join(folder, name);
  const refuses = (promise: Promise<unknown>, message: RegExp) =>
    assert.rejects(promise, (error) => {
      assert.ok(error instanceof BackupFailed);
      assert.match(error.message, message);
      return true;
    });
  async function rows(of: string): Promise<number> {
    await using db = openDatabase<{ shift: { id: number } }>(of);
    return (await db.selectFrom('shift').selectAll().execute()).length;
  }

  test('a dump is checked, and restored whole or not at all', async () => {
    const backup = await createBackup({ url, folder: file('whole'), name: 'rota' });
    assert.deepEqual([backup.kind, readdirSync(file('whole')).length], ['pg_dump', 1]);
    await checkBackup(backup);
    const target = await postgresDatabase(server, 'restored');
    await restoreBackup({ path: backup.path, url: target });
    assert.equal(await rows(target), 2_500);
    await using db = openDatabase(target);
    await sql`delete from shift where id > 5`.execute(db);
    await refuses(
      restoreBackup({ path: backup.path, url: target }),
      /was not restored: pg_restore ended with 1: .*relation "shift" already exists/,
    );
    assert.equal(await rows(target), 5, 'nothing was changed');
    await restoreBackup({ path: backup.path, url: target, overwrite: true });
    assert.equal(await rows(target), 2_500);
    await refuses(
      restoreBackup({ path: backup.path, url: 'sqlite:///x.db' }),
      /is a dump of PostgreSQL, and the database is not$/,
    );

    // Its contents come first in the file: a list alone would not see that data is missing.
    truncateSync(backup.path, Math.floor(backup.bytes * 0.7));
    await refuses(checkBackup(backup), /pg_restore ended with 1: .*(end of file|could not read)/);
  });

  test('pg_dump that fails leaves nothing, and says why', async () => {
    await refuses(
      createBackup({ url: url.replace(/\/rota$/, '/nowhere'), folder: file('failing'), name: 'rota' }),
      /^no backup of rota in .*: pg_dump ended with 1: .*database "nowhere" does not exist$/,
    );
    await refuses(
      createBackup({ url, folder: file('failing'), name: 'rota', pgDump: 'pg_dump_of_nowhere' }),
      /there is no program pg_dump_of_nowhere: install PostgreSQL's client programs/,
    );
    await refuses(
      createBackup({ url: 'mysql://me:secret@host/db', folder: file('failing'), name: 'rota' }),
      /^the URL of the database is none of PostgreSQL/,
    );
    await refuses(
      createBackup({ url: 'postgresql://me:50%@host/db', folder: file('failing'), name: 'rota' }),
      /has a % that begins no escape/,
    );
    const aborted = createBackup({
      url,
      folder: file('failing'),
      name: 'rota',
      signal: AbortSignal.abort(new Error('enough')),
    });
    await refuses(aborted, /: enough$/);
    assert.deepEqual(readdirSync(file('failing')), []);
  });

  test('a password is in the environment of pg_dump, and not among its arguments', async () => {
    const spy = file('spy.sh');
    const log = file('spy.log');
    writeFileSync(spy, `#!/bin/sh\nprintf '%s\\n' "$PGPASSWORD" "$@" > '${log}'\nexec pg_dump "$@"\n`, {
      mode: 0o755,
    });
    const secret = new URL(url);
    secret.password = 'p@ss word%25';
    secret.searchParams.set('uselibpqcompat', 'true');
    await createBackup({ url: secret.href, folder: file('secret'), name: 'rota', pgDump: spy });
    const [password, ...args] = readFileSync(log, 'utf8').trimEnd().split('\n');
    assert.equal(password, 'p@ss word%');
    assert.doesNotMatch(args.join(' '), /p@ss|p%40ss|uselibpqcompat/);
    assert.equal(args.at(-1), `--dbname=${url}`);
  });

  test('as JSON: more rows than are fetched at once, of one moment', async () => {
    await using db = openDatabase(url);
    const backup = await exportJson({ db, folder: file('json'), name: 'rota' });
    const lines = gunzipSync(readFileSync(backup.path))
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual(lines.at(-1), { end: true, counts: { shift: 2_500 } });
    assert.deepEqual(lines[1].row, {
      id: 1,
      who: lines[1].row.who,
      at: '2026-11-21T00:00:00.000Z',
      photo: { $base64: 'Af8=' },
    });
    assert.equal(new Set(lines.slice(1, -1).map(({ row }) => row.id)).size, 2_500);
  });
});
