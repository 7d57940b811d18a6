/** What rota does while its neighbours fail: a mail server that is away, a disk that is full. On SQLite. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { startSmtp } from '../../../tools/services.ts';
import { canMount, onSmallDisk } from '../../../tools/small-disk.ts';
import { Stage } from './stage.ts';

const SKIP = canMount(tmpdir()) ? false : 'this machine lets no user mount a small disk';

suite('rota and its neighbours', () => {
  let stage: Stage;
  before(async () => {
    const workerThrough = (folder: string) => onSmallDisk(join(folder, 'backups'), 40, []).command;
    stage = await Stage.start(SKIP ? {} : { workerThrough });
  });
  after(() => stage?.stop());

  test('a mail server that is away: the invitation waits, and is sent once when it is back', async () => {
    const { port } = stage.smtp;
    await stage.smtp.stop();
    const { tasks } = await stage.does('ada', '/invitations', {
      email: 'ines@hospital.example',
      name: 'Ines',
    });
    const { tasks: leave } = await stage.does('chiyo', '/leave', {
      first_day: '2027-01-01',
      last_day: '2027-01-01',
      reason: 'rest',
    });
    assert.equal(
      await stage.client.asyncResult<boolean>(leave[0]).get({ timeout: 60 }),
      false,
      'a notification is tried once',
    );
    const invitation = stage.client.asyncResult<boolean>(tasks[0]);
    await stage.until(async () => (await invitation.state()) === 'RETRY', 'the first try');
    stage.smtp = await startSmtp({ port });
    assert.equal(await invitation.get({ timeout: 60 }), true);
    await stage.mails('ines', /invitation/);
    assert.equal(stage.smtp.mails.length, 1);
  });

  test('a disk that is full: no half a backup, administrators are told, and it is tried again after a minute', {
    skip: SKIP,
  }, async () => {
    const result = await stage.client.sendTask('tasks.backup_tasks.daily_pg_dump_backup');
    const [mail] = await stage.mails('ada', /^The backup of the rota has failed$/);
    assert.match(mail!.text, /no backup of rota in .*: .*(full|ENOSPC|EFBIG|disk I\/O)/i);
    await stage.until(async () => (await result.state()) === 'RETRY', 'the retry');
    const left = await stage.runs<{ kept: number }>('tasks.backup_tasks.cleanup_old_backups');
    assert.equal(left.kept, 0);
    assert.deepEqual(
      readdirSync(stage.folder).filter((file) => file.startsWith('.partial')),
      [],
    );
  });
});
