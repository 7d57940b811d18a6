/** doorito from end to end: a web process, a worker, a database, receivers of webhooks, all real. */
import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { openDatabase } from '@lovage/kysely';
import { Webhook } from 'standardwebhooks';
import { startReceiver } from '../../../tools/services.ts';
import type { Running } from './processes.ts';
import { clientOf, type Home } from './stage.ts';
import { until } from './until.ts';

const DELIVER = 'common.tasks.deliver_outbox_events_task';
const CLEANUP_EVENTS = 'common.tasks.cleanup_delivered_outbox_events_task';
const CLEANUP_FILES = 'portal.tasks.cleanup_expired_upload_files_task';
const NOTIFY = 'portal.tasks.notify_expiring_files_task';
const PDF = Buffer.from('%PDF-1.7\n%\u00e2\u00e3\u00cf\u00d3\n1 0 obj <</Type /Catalog>> endobj\n', 'latin1');

interface Tables {
  upload_files: { id: string; name: string; expires_at: number };
  outbox_events: { id: string; finished_at: number };
}

interface Delivery {
  readonly endpointId: string;
  readonly status: string;
  readonly attempts: number;
  readonly lastStatus?: number;
}

export async function examinePortal(
  t: TestContext,
  home: Home,
  start: (env: Home['env'], cwd: string) => Promise<Running>,
): Promise<void> {
  await using receiver = await startReceiver({
    '/flaky': (response, n) => response.writeHead(n === 1 ? 500 : 200).end(),
    '/slow': (response, n) => n > 1 && response.writeHead(200).end(),
    '/gone': (response) => response.writeHead(410).end(),
  });
  const env = {
    ...home.env,
    WEBHOOK_TIMEOUT_SECONDS: '2',
    // At once, so that the run that meets a failure leaves the next try to the run that it calls.
    WEBHOOK_RETRY_SCHEDULE: '0,0,0',
    // Longer than files live: each is about to expire.
    FILE_EXPIRING_NOTICE_HOURS: '48',
  };
  const { url, processes } = await start(env, home.folder);
  const { run } = clientOf(t, home);
  const db = openDatabase<Tables>(home.databaseUrl);
  t.after(() => db.destroy());
  const get = async <Value>(path: string) => (await (await fetch(url + path)).json()) as Value;
  const addEndpoint = async (path: string, eventTypes: readonly string[]) => {
    const body = JSON.stringify({ url: receiver.url(path), eventTypes });
    const answer = await fetch(`${url}/endpoints`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    });
    assert.equal(answer.status, 201);
    return (await answer.json()) as { id: string; secret: string };
  };
  const upload = async (name: string) => {
    const headers = { 'content-type': 'application/pdf' };
    const answer = await fetch(`${url}/files?name=${name}`, { method: 'POST', body: PDF, headers });
    assert.equal(answer.status, 201, await answer.clone().text());
    return (await answer.json()) as { id: string; sha256: string };
  };

  // An upload is told to everyone who asked, by the worker.
  const hook = await addEndpoint('/hook', ['file.*']);
  const gone = await addEndpoint('/gone', ['file.uploaded']);
  for (const path of ['/flaky', '/slow']) await addEndpoint(path, ['file.uploaded']);
  const file = await upload('report.pdf');
  const deliveries = async () => {
    const [event] = await get<{ id: string; status: string }[]>('/events');
    const rows = await get<Delivery[]>(`/events/${event!.id}/deliveries`);
    return { event: event!, rows };
  };
  await until(
    'all deliveries end',
    async () => (await deliveries()).rows.length === 4 && (await deliveries()).event.status !== 'PENDING',
  );

  const told = receiver.at('/hook');
  assert.equal(told.length, 1);
  const message = new Webhook(hook.secret).verify(told[0]!.body, told[0]!.headers as Record<string, string>);
  const { type, data } = message as { type: string; data: Record<string, unknown> };
  assert.deepEqual(
    [type, data['id'], data['name'], data['sha256']],
    ['file.uploaded', file.id, 'report.pdf', file.sha256],
  );
  assert.deepEqual(
    ['/flaky', '/slow', '/gone'].map((path) => receiver.at(path).length),
    [2, 2, 1],
  );
  const { event, rows } = await deliveries();
  assert.equal(event.status, 'FAILED', 'one endpoint never had it');
  assert.deepEqual(rows.map(({ status, attempts, lastStatus }) => [status, attempts, lastStatus]).sort(), [
    ['DELIVERED', 1, 204],
    ['DELIVERED', 2, 200],
    ['DELIVERED', 2, 200],
    ['FAILED', 1, 410],
  ]);
  const endpoints = await get<{ id: string; disabled?: { reason: string } }[]>('/endpoints');
  assert.equal(endpoints.find(({ id }) => id === gone.id)?.disabled?.reason, 'it answered 410 Gone');
  assert.deepEqual(await run(DELIVER), { processed: 0, delivered: 0, failed: 0, remaining: 0 });

  // A file that soon goes is told once, however often the task runs.
  assert.deepEqual(await run(NOTIFY), { notified: 1, skipped: 0 });
  assert.deepEqual(await run(NOTIFY), { notified: 0, skipped: 0 });
  await until('file.expiring arrives', () => receiver.at('/hook').length === 2);
  assert.equal(JSON.parse(receiver.at('/hook')[1]!.body).type, 'file.expiring');

  // What has expired goes from disk and database, also what somebody removed from the disk.
  const other = await upload('other.pdf');
  const onDisk = (id: string) => join(home.env['UPLOADS_FOLDER']!, id.slice(0, 2), id);
  rmSync(onDisk(other.id));
  const kept = await upload('kept.pdf');
  assert.deepEqual(await run(CLEANUP_FILES), { deleted: 0, remaining: 0 });
  await db.updateTable('upload_files').set({ expires_at: 1 }).where('id', '!=', kept.id).execute();
  assert.deepEqual(await run(CLEANUP_FILES), { deleted: 2, remaining: 0 });
  assert.deepEqual([existsSync(onDisk(file.id)), existsSync(onDisk(kept.id))], [false, true]);
  const left = await db.selectFrom('upload_files').select('name').execute();
  assert.deepEqual(
    left.map(({ name }) => name),
    ['kept.pdf'],
  );
  assert.equal((await fetch(`${url}/files/${file.id}/content`)).status, 404);
  assert.deepEqual(Buffer.from(await (await fetch(`${url}/files/${kept.id}/content`)).arrayBuffer()), PDF);

  // Old events go, too.
  await until('nothing is open', async () =>
    (await get<{ status: string }[]>('/events')).every(({ status }) => status !== 'PENDING'),
  );
  const { length } = await get<unknown[]>('/events');
  await db.updateTable('outbox_events').set({ finished_at: 1 }).execute();
  assert.deepEqual(await run(CLEANUP_EVENTS), { deleted: length, remaining: 0 });

  // The page shows what the tasks did.
  const page = await (await fetch(url)).text();
  for (const shown of [DELIVER, CLEANUP_EVENTS, CLEANUP_FILES, NOTIFY, 'kept.pdf', '&quot;deleted&quot;:2'])
    assert.ok(page.includes(shown), `${shown} is not on the page:\n${page}`);
  for (const { log } of processes)
    assert.deepEqual(
      log.filter((line) => /ERROR|WARNING/.test(line)),
      [],
    );
  await Promise.all(processes.map((each) => each.end('SIGTERM')));
}
