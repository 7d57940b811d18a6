import assert from 'node:assert/strict';
import { copyFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkBackup } from '@lovage/backup';
import { Client } from 'pg';
import type { Shared } from '../shared.ts';

export function examineBackups(shared: Shared): void {
  test('the daily backup is made and checked; old ones go, by tier and by age', async () => {
    const { stage, postgres } = shared;
    const folder = stage.env['BACKUP_DIR']!;
    const made = await stage.runs<{ path: string; kind: string; bytes: number }>(
      'tasks.backup_tasks.daily_pg_dump_backup',
    );
    assert.equal(made.kind, postgres ? 'pg_dump' : 'sqlite');
    await checkBackup(made);
    const ending = made.path.split('.').at(-1);
    for (const day of ['20200101', '20200102'])
      copyFileSync(made.path, join(folder, `rota-${day}T030000000Z.${ending}`));
    assert.deepEqual(await stage.runs('tasks.backup_tasks.cleanup_old_backups'), {
      deleted: 2,
      kept: 1,
      spared: 0,
    });
    copyFileSync(made.path, join(folder, `rota-20200101T030000000Z.${ending}`));
    assert.deepEqual(await stage.runs('tasks.backup_tasks.cleanup_old_backups_task', 12), {
      deleted: 1,
      kept: 1,
      spared: 0,
    });
    assert.equal(readdirSync(folder).length, 1);
  });

  if (!shared.postgres) return;
  test('pg_dump that may not read a table: told at once, tried again after a minute', async () => {
    const { stage, where } = shared;
    const owner = new Client({ ...(where.owner === undefined ? {} : { connectionString: where.owner }) });
    await owner.connect();
    await owner.query('create table payroll (salary int)');
    const result = await stage.client.sendTask('tasks.backup_tasks.daily_pg_dump_backup');
    const [mail] = await stage.mails('ada', /^The backup of the rota has failed$/);
    assert.match(
      mail!.text,
      /at attempt 1 of 4\.[\s\S]*pg_dump ended with 1: .*permission denied for table payroll/,
    );
    await stage.until(async () => (await result.state()) === 'RETRY', 'the retry');
    await result.revoke();
    await owner.query('drop table payroll');
    await owner.end();
    assert.equal(readdirSync(stage.env['BACKUP_DIR']!).length, 1, 'and the one of before is there');
  });
}
