/** In development: each task runs where it is called, without a worker. What uploads are refused for, and what the tasks do. */
import assert from 'node:assert/strict';
import { existsSync, globSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startReceiver } from '../../../tools/services.ts';
import type { TaskRun } from '../src/database.ts';
import { freshDoorito } from './fresh.ts';

const { app, db, outbox, server, uploads, upload, tasks } = await freshDoorito({
  DOORITO_ENV: 'development',
  FILE_UPLOAD_MAX_SIZE: '1000',
  CLEANUP_UPLOADS_BATCH_SIZE: '2',
  NOTIFY_EXPIRING_BATCH_SIZE: '3',
});
const onDisk = () => globSync('*/*', { cwd: uploads });
const inDatabase = async () =>
  (await db.selectFrom('upload_files').select('id').execute()).map(({ id }) => id);
const store = async (name: string) => {
  const answer = await upload(`text of ${name}`, 'text/plain', `?name=${name}`);
  assert.equal(answer.status, 201);
  return (await answer.json()) as { id: string; name: string };
};
/** Eagerly: it has run when the call is made. */
const run = async <Value>(task: { delay(): Promise<{ get(): Promise<Value> }> }) =>
  (await task.delay()).get();
const reset = async () => {
  for (const { id } of await db.selectFrom('upload_files').select('id').execute())
    await server.request(`/files/${id}`, { method: 'DELETE' });
  await db.deleteFrom('upload_files').execute();
  rmSync(uploads, { recursive: true, force: true });
};

test('an upload is told at once, by the task in this process', async () => {
  await using receiver = await startReceiver();
  const { id } = await outbox.endpoints.add({ url: receiver.url('/'), eventTypes: ['file.uploaded'] });
  await store('a.txt');
  assert.equal(receiver.received.length, 1);
  const [last] = (await (await server.request('/tasks')).json()) as TaskRun[];
  const { task, state, outcome } = last!;
  assert.deepEqual(
    [task, state, JSON.parse(outcome)],
    [
      'common.tasks.deliver_outbox_events_task',
      'SUCCESS',
      { processed: 1, delivered: 1, failed: 0, remaining: 0 },
    ],
  );
  await outbox.endpoints.remove(id);
  await reset();
});

test('what is refused leaves nothing, on the disk or in the database', async () => {
  const png = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABh6FO1AAAAABJRU5ErkJggg==',
    'base64',
  );
  const big = new ReadableStream({
    pull: (controller) => controller.enqueue(new TextEncoder().encode('x'.repeat(300))),
  });
  for (const [body, type, query, status, told] of [
    ['x'.repeat(1_001), 'text/plain', '?name=a', 413, /a file may have 1000 bytes/],
    [big, 'text/plain', '?name=a', 413, /a file may have 1000 bytes/],
    ['', 'text/plain', '?name=a', 400, /the file is empty/],
    ['text', 'text/plain', '', 400, /has no name/],
    ['text', 'text/plain', '?name=a/..', 400, /has no name/],
    ['<html>', 'text/html', '?name=a.html', 415, /text\/html is not taken: send application\/pdf/],
    ['text', 'image/png', '?name=a.png', 415, /says that it is image\/png, and is text\/plain/],
    [new Uint8Array(png), 'image/jpeg', '?name=a.jpg', 415, /says that it is image\/jpeg, and is image\/png/],
    [
      'PK\u0003\u0004zip',
      'application/zip',
      '?name=a.zip',
      415,
      /application\/zip is not taken|unknown type/,
    ],
    ['\u0000\u0001\u0002', 'text/plain', '?name=a.txt', 415, /unknown type/],
  ] as const) {
    const answer = await upload(body as string, type, query);
    assert.equal(answer.status, status, `${type} ${query}`);
    assert.match(((await answer.json()) as { error: string }).error, told);
  }
  assert.deepEqual(onDisk(), []);
  assert.deepEqual(await inDatabase(), []);
  const stored = await upload(new Uint8Array(png), 'image/png', '?name=ok.png');
  assert.equal(stored.status, 201);
  await reset();
});

test('an upload that breaks off leaves nothing', async () => {
  const broken = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode('the beginning')),
    pull: (controller) => controller.error(new Error('the sender is gone')),
  });
  assert.equal((await upload(broken, 'text/plain')).status, 500);
  assert.deepEqual([onDisk(), await inDatabase()], [[], []]);
});

test('a name is shown, and never a path or a line of a header', async () => {
  const answer = await upload(
    'text',
    'text/plain',
    `?name=${encodeURIComponent('../../etc/"<b>\r\nx: y.txt')}`,
  );
  const { id, name } = (await answer.json()) as { id: string; name: string };
  assert.equal(name, '"<b>x: y.txt');
  assert.deepEqual(onDisk(), [join(id.slice(0, 2), id)]);
  const content = await server.request(`/files/${id}/content`);
  assert.equal(await content.text(), 'text');
  assert.equal(
    content.headers.get('content-disposition'),
    "attachment; filename*=UTF-8''%22%3Cb%3Ex%3A%20y.txt",
  );
  assert.equal(content.headers.get('x-content-type-options'), 'nosniff');
  assert.match(await (await server.request('/')).text(), /&quot;&lt;b&gt;x: y\.txt/);
  assert.equal((await server.request('/files/..%2f..%2fetc%2fpasswd/content')).status, 404);
  await reset();
});

test('what is no endpoint is refused with a reason', async () => {
  const post = async (body: string) => {
    const headers = { 'content-type': 'application/json', 'content-length': String(body.length) };
    const answer = await server.request('/endpoints', { method: 'POST', body, headers });
    return [answer.status, await answer.text()] as const;
  };
  for (const [body, status, told] of [
    ['{', 400, /JSON/],
    ['{}', 400, /the URL of an endpoint must be one/],
    ['{"url":"http://169.254.169.254/latest"}', 400, /169\.254\.169\.254 is refused: .* linkLocal/],
    ['{"url":"https://example.com","eventTypes":["file*"]}', 400, /is no filter of events/],
    [`{"url":"${'x'.repeat(70_000)}"}`, 413, /./],
  ] as const) {
    const [got, text] = await post(body);
    assert.equal(got, status, text);
    assert.match(text, told);
  }
  assert.equal((await server.request('/endpoints/none', { method: 'DELETE' })).status, 404);
  assert.equal((await server.request('/endpoints/none/rotate', { method: 'POST' })).status, 400);
});

test('a page of somebody else cannot upload here', async () => {
  const headers = { 'content-type': 'text/plain', origin: 'http://elsewhere.example' };
  const answer = await server.request('http://localhost/files?name=a', {
    method: 'POST',
    body: 'x',
    headers,
  });
  assert.equal(answer.status, 403);
});

test('file.expiring is emitted once, by however many runs at once, in batches', async () => {
  const files = [];
  for (const name of ['a', 'b', 'c', 'd']) files.push(await store(name));
  const [late] = files;
  assert.deepEqual(await run(tasks.notifyExpiringFiles), { notified: 0, skipped: 0 }, 'they have a day yet');
  await db
    .updateTable('upload_files')
    .set({ expires_at: Date.now() + 7_000_000 })
    .execute();
  await db
    .updateTable('upload_files')
    .set({ expires_at: Date.now() - 1 })
    .where('id', '=', late!.id)
    .execute();
  const reports = await Promise.all([run(tasks.notifyExpiringFiles), run(tasks.notifyExpiringFiles)]);
  assert.equal(
    reports.reduce((sum, { notified }) => sum + notified, 0),
    2,
    'a batch of three, one of them too late',
  );
  assert.deepEqual(await run(tasks.notifyExpiringFiles), { notified: 1, skipped: 0 });
  // Somebody clears the marks: the events' keys are still the files.
  await db.updateTable('upload_files').set({ notified_at: null }).execute();
  await run(tasks.notifyExpiringFiles);
  const events = (await outbox.events({ limit: 1_000 })).filter(({ type }) => type === 'file.expiring');
  assert.deepEqual(events.map(({ data }) => (data as { name: string }).name).sort(), ['b', 'c', 'd']);
  await reset();
});

test('expired files go in batches; one that cannot go holds up no other, and is told', async () => {
  const files = [];
  for (const name of ['a', 'b', 'c']) files.push(await store(name));
  const kept = await store('kept');
  const ids = files.map(({ id }) => id);
  await db.updateTable('upload_files').set({ expires_at: 1 }).where('id', 'in', ids).execute();
  assert.equal(
    (await server.request(`/files/${ids[0]}/content`)).status,
    404,
    'expired is gone, before it is deleted',
  );
  rmSync(join(uploads, ids[0]!.slice(0, 2), ids[0]!));
  // Two at a time; the task calls itself for the rest, which in development is at once.
  const done = await tasks.cleanupExpiredUploadFiles.delay();
  assert.deepEqual(await done.get(), { deleted: 2, remaining: 1 });
  assert.deepEqual(await inDatabase(), [kept.id]);
  assert.deepEqual(onDisk(), [join(kept.id.slice(0, 2), kept.id)]);

  const [stuck, free] = [await store('stuck'), await store('free')];
  const path = join(uploads, stuck.id.slice(0, 2), stuck.id);
  rmSync(path);
  mkdirSync(join(path, 'x'), { recursive: true });
  await db
    .updateTable('upload_files')
    .set({ expires_at: 1 })
    .where('id', 'in', [stuck.id, free.id])
    .execute();
  await assert.rejects(
    run(tasks.cleanupExpiredUploadFiles),
    /expired files were deleted, 1 cannot be: .*is a directory/i,
  );
  assert.deepEqual((await inDatabase()).sort(), [kept.id, stuck.id].sort());
  assert.ok(!existsSync(join(uploads, free.id.slice(0, 2), free.id)));
  rmSync(path, { recursive: true });
  assert.deepEqual(await run(tasks.cleanupExpiredUploadFiles), { deleted: 1, remaining: 0 });
  await reset();
});

test('an upload that a crash ended goes an hour later, with its file', async () => {
  const { id } = await store('half');
  await db
    .updateTable('upload_files')
    .set({ status: 'UPLOADING', expires_at: Date.now() + 1_000 })
    .execute();
  assert.deepEqual(await (await server.request('/files')).json(), []);
  assert.deepEqual(await run(tasks.cleanupExpiredUploadFiles), { deleted: 0, remaining: 0 });
  await db.updateTable('upload_files').set({ expires_at: Date.now() }).where('id', '=', id).execute();
  assert.deepEqual(await run(tasks.cleanupExpiredUploadFiles), { deleted: 1, remaining: 0 });
  assert.deepEqual(onDisk(), []);
});

test('the tasks have their names, and are tried again twice, a minute apart', () => {
  const names = Object.values(tasks)
    .map((task) => task.name)
    .sort();
  assert.deepEqual(names, [
    'common.tasks.cleanup_delivered_outbox_events_task',
    'common.tasks.deliver_outbox_events_task',
    'portal.tasks.cleanup_expired_upload_files_task',
    'portal.tasks.notify_expiring_files_task',
  ]);
  for (const { options } of Object.values(tasks)) {
    assert.deepEqual([options.maxRetries, options.defaultRetryDelay, options.autoretryFor], [2, 60, [Error]]);
    assert.deepEqual(options.acksLate, true);
  }
  const { taskTimeLimit, taskSoftTimeLimit, resultExpires } = app.conf;
  assert.deepEqual([taskTimeLimit, taskSoftTimeLimit, resultExpires], [300, 240, 86_400]);
  assert.deepEqual(
    app.conf.taskQueues?.map(({ name }) => name),
    ['high', 'default'],
  );
});

test('of wrong settings all are told at once', async () => {
  const wrong = {
    PORT: 'x',
    FILE_UPLOAD_TTL_HOURS: '-1',
    DOORITO_ENV: 'prod',
    CLEANUP_UPLOADS_INTERVAL_HOURS: '30',
  };
  const before = { ...process.env };
  Object.assign(process.env, wrong);
  try {
    await assert.rejects(import('../src/environment.ts?wrong' as string), ({ message }: Error) => {
      for (const name of Object.keys(wrong))
        assert.ok(message.includes(name), `${name} is missing in ${message}`);
      return true;
    });
  } finally {
    for (const name of Object.keys(wrong)) delete process.env[name];
    Object.assign(process.env, before);
  }
});
