import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { openDatabase } from '@lovage/kysely';
import { sql } from 'kysely';
import { requireService, startPostgres } from '../../../tools/services.ts';
import { examinePortal } from './portal-exam.ts';
import { postgresHome, sqliteHome } from './stage.ts';

test('uploads are told, expire and are forgotten, on SQLite alone', async (t) => {
  await examinePortal(t, sqliteHome(t));
});

const django = requireService('django');

test(`the same on PostgreSQL, in kombu's queues${django ? '' : " and with Django's results"}`, {
  skip: requireService('postgres'),
}, async (t: TestContext) => {
  const server = await startPostgres();
  t.after(() => server.stop());
  const home = await postgresHome(t, server, django ? 'celery' : 'celery and django');
  await examinePortal(t, home);
  if (django) return;
  const db = openDatabase(home.databaseUrl);
  const { rows } = await sql<{ task_name: string }>`
    select distinct task_name from django_celery_results_taskresult where status = 'SUCCESS' order by 1`.execute(
    db,
  );
  await db.destroy();
  assert.deepEqual(
    rows.map(({ task_name }) => task_name),
    [
      'common.tasks.cleanup_delivered_outbox_events_task',
      'common.tasks.deliver_outbox_events_task',
      'portal.tasks.cleanup_expired_upload_files_task',
      'portal.tasks.notify_expiring_files_task',
    ],
  );
});
