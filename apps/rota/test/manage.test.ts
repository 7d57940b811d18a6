/** `npm run manage -w apps/rota`, as a person runs it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startProgram } from '../../../tools/lovage-process.ts';
import { workerArguments } from '../src/manage/run-celery.ts';

const MANAGE = fileURLToPath(new URL('../src/manage.ts', import.meta.url));

suite('manage', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lovage-rota-manage-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  function manage(...args: string[]): { status: number | null; stdout: string; stderr: string } {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--conditions=lovage-source', MANAGE, ...args],
      { cwd: folder, env, encoding: 'utf8' },
    );
    return { status, stdout, stderr };
  }

  test('a rota by phases, a backup, and back again', () => {
    assert.deepEqual(manage('seed').stdout, 'seeded\n');
    assert.deepEqual(manage('generate-rota', '--rota', '1', '--phase', 'nights'), {
      status: 1,
      stdout: '',
      stderr: 'Error: rota 1 has no shifts: run the phase prepare first\n',
    });
    assert.equal(manage('generate-rota', '--rota', '1', '--phase', 'prepare').stdout, 'prepare: 28 shifts\n');
    const backup = manage('pg_dump_backup', '--json');
    assert.equal(backup.status, 0, backup.stderr);
    const files = readdirSync(join(folder, '.lovage/backups')).sort();
    assert.deepEqual(files.map((file) => file.split('.').slice(1).join('.')).sort(), ['json.gz', 'sqlite']);
    assert.match(
      manage('generate-rota', '--rota', '1').stdout,
      /^prepare: 0 shifts\nnights: 14 shifts\ndays: 14 shifts\nbalance: \d+ shifts\n$/,
    );
    const file = join('.lovage/backups', files.find((each) => each.endsWith('.sqlite'))!);
    assert.match(
      manage('restore_backup', file).stderr,
      /^Error: .* is there already: say that it may be overwritten\n$/,
    );
    assert.equal(manage('restore_backup', file, '--overwrite').status, 0);
    assert.match(
      manage('generate-rota', '--rota', '1', '--phase', 'nights').stdout,
      /^nights: 14 shifts\n$/,
      'it is as it was',
    );
    assert.equal(manage('generate-rota', '--rota', '1', '--phase', 'guesses').status, 2);
  });

  test('run_celery is a worker of rota, with beat beside it; both end in good order', async () => {
    const flags = ['--loglevel', 'info', '--concurrency', '1', '--pool', 'solo', '--purge', '--beat'];
    const both = await startProgram([MANAGE, 'run_celery', ...flags], { cwd: folder, ready: / ready\.$/ });
    await both.says(/tasks\.backup_tasks\.daily_pg_dump_backup/);
    await both.says(/beat: new in the code: daily-backup, cleanup-backups/);
    assert.equal(await both.stop(), 0);
    await both.says(/beat: Shutting down/);
  });

  test('run_celery says to the worker what it was told', () => {
    const [command, , , ...rest] = workerArguments({ pool: 'prefork', queue: 'celery' });
    assert.deepEqual([command, ...rest], ['worker', '-P', 'prefork', '-Q', 'celery']);
    const all = { loglevel: 'debug', concurrency: 3, pool: 'threads', queue: 'a,b', purge: true };
    assert.deepEqual(workerArguments(all).slice(3), [
      '-P',
      'threads',
      '-Q',
      'a,b',
      '-l',
      'debug',
      '-c',
      '3',
      '--purge',
    ]);
  });
});
