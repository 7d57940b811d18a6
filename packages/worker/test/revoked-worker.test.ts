import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { App } from '@lovage/app';
import { Worker, type WorkerOptions } from '@lovage/worker';
import { requireService, startRedis } from '../../../tools/services.ts';
import { until } from './scene.ts';

/** What a test leaves behind goes in reverse: workers before their app, the server last. */
function ending(t: TestContext): AsyncDisposableStack {
  const stack = new AsyncDisposableStack();
  t.after(() => stack.disposeAsync());
  return stack;
}

async function sqlite(t: AsyncDisposableStack): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'lovage-revoked-'));
  t.defer(() => rmSync(folder, { recursive: true }));
  return `sqlite:///${join(folder, 'lovage.db')}`;
}

async function redis(t: AsyncDisposableStack): Promise<string> {
  const server = await startRedis({ control: true });
  t.defer(() => server.stop());
  return server.url;
}

/** An app whose one task notes that it ran. */
function appOn(t: AsyncDisposableStack, url: string) {
  const app = new App('revoking', { environment: {}, brokerUrl: url, lovageLogLevel: 'silent' });
  const ran: string[] = [];
  const note = app.task('revoking.note', (text: string) => {
    ran.push(text);
    return text;
  });
  t.defer(() => app.close());
  return { app, note, ran };
}

async function working(t: AsyncDisposableStack, app: App, options: WorkerOptions = {}): Promise<Worker> {
  const worker = new Worker(app, { concurrency: 2, ...options });
  t.defer(() => worker.stop('cold'));
  await worker.start();
  return worker;
}

for (const [name, store, skip] of [
  ['sqlite', sqlite, false],
  ['redis', redis, requireService('redis')],
] as const) {
  suite(`a revoke lasts, on ${name}`, { skip, timeout: 60_000 }, () => {
    test('one that no worker heard', async (context) => {
      const t = ending(context);
      const { app, note, ran } = appOn(t, await store(t));
      const revoked = await note.applyAsync(['revoked'], { taskId: 'revoked' });
      const other = await note.applyAsync(['other']);
      await app.control.revoke('revoked');
      await working(t, app);
      assert.equal(await other.get(), 'other');
      await assert.rejects(revoked.get(), /revoked/);
      assert.deepEqual([ran, await revoked.state()], [['other'], 'REVOKED']);
    });

    test('one that was broadcast as Python does, to a worker that is killed then', async (context) => {
      const t = ending(context);
      const url = await store(t);
      const { app, note, ran } = appOn(t, url);
      const { revocations } = await app.drivers();
      const child = fork(new URL('revoked-worker-child.ts', import.meta.url), [url], {
        execArgv: process.execArgv.filter((each) => !each.startsWith('--test')),
      });
      t.defer(() => void child.kill('SIGKILL'));
      await once(child, 'message');
      // No word to the store: only whoever listens hears it.
      await app.control.broadcast('revoke', { arguments: { task_id: 'revoked' } });
      await until(async () => (await revocations!.since()).revocations.length === 1, 'the store is told');
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;

      const revoked = await note.applyAsync(['revoked'], { taskId: 'revoked' });
      const other = await note.applyAsync(['other']);
      await working(t, app);
      assert.equal(await other.get(), 'other');
      await assert.rejects(revoked.get(), /revoked/);
      assert.deepEqual(ran, ['other']);
    });
  });
}

test('a worker keeps what is revoked in its state file, and a Python file stops its start', async (context) => {
  const t = ending(context);
  const url = await sqlite(t);
  const folder = mkdtempSync(join(tmpdir(), 'lovage-state-'));
  t.defer(() => rmSync(folder, { recursive: true }));
  const stateDb = join(folder, 'w1.state');
  const first = appOn(t, url);
  const worker = await working(t, first.app, { stateDb });
  await first.app.control.revoke('revoked');
  const { revocations } = await first.app.drivers();
  await until(async () => (await revocations!.since()).revocations.length === 1, 'the store is told');
  await worker.stop();

  // Another store, that knows nothing of it.
  const { app, note, ran } = appOn(t, await sqlite(t));
  const revoked = await note.applyAsync(['revoked'], { taskId: 'revoked' });
  const later = await working(t, app, { stateDb });
  await assert.rejects(revoked.get(), /revoked/);
  assert.deepEqual(ran, []);
  await later.stop();
  await assert.rejects(new Worker(app, { stateDb: import.meta.filename }).start(), {
    name: 'ImproperlyConfigured',
    message: /revoked-worker\.test\.ts is no state file of Lovage/,
  });
});
