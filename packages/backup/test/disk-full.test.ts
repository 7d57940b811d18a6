/** A disk that is full, really: a small tmpfs of our own where a user may mount one, else a limit on the size of files. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openDatabase } from '@lovage/kysely';
import { sql } from 'kysely';
import { postgresDatabase, requireService, startPostgres } from '../../../tools/services.ts';
import { onSmallDisk } from '../../../tools/small-disk.ts';

const PROGRAM = fileURLToPath(new URL('on-a-small-disk.ts', import.meta.url));

suite('a disk that is full', {
  skip: process.platform === 'linux' ? false : 'the ways to have a small disk are those of Linux',
}, () => {
  const folder = mkdtempSync(join(tmpdir(), 'lovage-disk-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  test('a backup that has no room fails, says so, leaves nothing, and the one before is good', async (t) => {
    await using server = requireService('postgres') === false ? await startPostgres() : undefined;
    const env: Record<string, string> = {};
    if (server) {
      env['BACKUP_POSTGRES'] = await postgresDatabase(server, 'rota');
      await using db = openDatabase(env['BACKUP_POSTGRES']);
      await sql`create table noise as select md5(random()::text) || md5(random()::text) as noise from generate_series(1, 20000)`.execute(
        db,
      );
    }
    const { command, kind } = onSmallDisk(folder, 100, [
      process.execPath,
      '--conditions=lovage-source',
      PROGRAM,
      folder,
    ]);
    t.diagnostic(kind);
    const [program = '', ...args] = command;
    const { NODE_TEST_CONTEXT: _, ...inherited } = process.env;
    const told = JSON.parse(execFileSync(program, args, { encoding: 'utf8', env: { ...inherited, ...env } }));
    assert.equal(told.errors.length, server ? 3 : 2, told.errors.join('\n'));
    for (const error of told.errors)
      assert.match(
        error,
        /^no backup of rota in .*: .*(full|ENOSPC|EFBIG|No space left|too large|disk I\/O|ended by SIGXFSZ)/i,
      );
    assert.equal(told.left, 1);
  });
});
