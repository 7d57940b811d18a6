import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { openDatabase } from '@lovage/kysely';
import { Outbox } from '@lovage/outbox';
import { sql } from 'kysely';
import { Lovage } from 'lovage';
import { requireService, startPostgres, startReceiver } from '../../../tools/services.ts';
import { schedule } from '../src/schedule.ts';
import { examinePortal } from './portal-exam.ts';
import { startAll, startApart } from './processes.ts';
import { type Home, postgresHome, sqliteHome } from './stage.ts';
import { until } from './until.ts';

test('uploads are told, expire and are forgotten, on SQLite alone, as npm start runs it', async (t) => {
  const home = sqliteHome(t);
  await examinePortal(t, home, async (env) => {
    const running = await startAll({ ...env, OUTBOX_SWEEP_INTERVAL_MINUTES: '0.02' });
    await examineSweep(home);
    await stopAtFullHours(home);
    return running;
  });
});

/** An event that no fast path follows: beat's sweep finds it. */
async function examineSweep({ databaseUrl }: Home): Promise<void> {
  await using receiver = await startReceiver();
  const db = openDatabase(databaseUrl);
  const outbox = new Outbox(db, { allowHttp: true, allowAddresses: ['127.0.0.1'] });
  const { id } = await outbox.endpoints.add({ url: receiver.url('/') });
  await outbox.transaction((trx) => outbox.emit(trx, 'swept.up', 1));
  await until('beat sweeps', async () => (await outbox.events())[0]?.status === 'DELIVERED');
  assert.equal(receiver.received.length, 1);
  await outbox.endpoints.remove(id);
  await sql`delete from outbox_events`.execute(db);
  await db.destroy();
}

/** The other entries could come between at a full hour: an operator disables them, while beat runs. */
async function stopAtFullHours({ env }: Home): Promise<void> {
  await using app = new Lovage('operator', { brokerUrl: env['CELERY_BROKER_URL']!, environment: env });
  const names = (await app.periodicTasks.list()).map(({ name }) => name);
  assert.deepEqual(names.sort(), Object.keys(schedule).sort(), 'the four are stored');
  for (const name of names) if (name !== 'deliver-outbox-events') await app.periodicTasks.disable(name);
}

const django = requireService('django');

test(`the same on PostgreSQL, in kombu's queues${django ? '' : " and with Django's results"}`, {
  skip: requireService('postgres'),
}, async (t: TestContext) => {
  const server = await startPostgres();
  t.after(() => server.stop());
  const home = await postgresHome(t, server, django ? 'celery' : 'celery and django');
  await examinePortal(t, home, startApart);
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
