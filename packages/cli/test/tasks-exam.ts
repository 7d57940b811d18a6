import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type EmptyStore, fixture, lovage, type Running, startWorker } from './lovage.ts';

const SHOP = ['-A', fixture('shop.ts')];

/** What `call` and `result` must do on every store. */
export function tasksExam(emptyStore: EmptyStore): void {
  test('call prints the id, result waits for the value', async () => {
    await using shop = await opened(await emptyStore());
    assert.equal((await shop.result(await shop.call('shop.add', '[2, 3]'))).stdout, '5\n');
    assert.equal((await shop.result(await shop.call('shop.greet', '["Ada"]'))).stdout, 'Hello, Ada\n');
    const described = await shop.call('shop.describe', '[]', ['-k', '{"name": "Ada"}']);
    assert.equal((await shop.result(described)).stdout, "{ name: 'Ada', tags: [ 'a', 'b' ] }\n");
  });

  test('result --json is the document that Celery keeps', async () => {
    await using shop = await opened(await emptyStore());
    const id = await shop.call('shop.add', '[2, 3]');
    const { code, stdout } = await shop.result(id, ['--json']);
    const { date_done: done, ...rest } = JSON.parse(stdout) as Record<string, unknown>;
    assert.deepEqual(
      [code, rest],
      [0, { status: 'SUCCESS', result: 5, traceback: null, children: [], task_id: id }],
    );
    assert.match(String(done), /^\d{4}-\d{2}-\d{2}T/);
  });

  test('the result of a failure is exit code 1 and its traceback on stderr', async () => {
    await using shop = await opened(await emptyStore());
    const id = await shop.call('shop.fail', '["boom"]');
    const failed = await shop.result(id);
    assert.deepEqual([failed.code, failed.stdout], [1, '']);
    assert.match(failed.stderr, /^TypeError: boom\n\s+at .*shop\.ts/);
    assert.match(failed.stderr, new RegExp(`\\nTask ${id} ended as FAILURE: TypeError\\('boom'\\)\\n$`));
    const traceback = await shop.result(id, ['--traceback']);
    assert.deepEqual([traceback.code, traceback.stderr], [0, '']);
    assert.match(traceback.stdout, /^TypeError: boom\n/);
    const json = await shop.result(id, ['--json']);
    assert.equal(json.code, 1);
    assert.equal((JSON.parse(json.stdout) as { status: string }).status, 'FAILURE');
  });

  test('call --json names task and id', async () => {
    const { stdout } = await lovage(['call', 'shop.add', '--json', ...SHOP, ...(await emptyStore())]);
    const { task, task_id: id } = JSON.parse(stdout) as Record<string, unknown>;
    assert.equal(task, 'shop.add');
    assert.match(String(id), /^[0-9a-f-]{36}$/);
  });
}

/** The shop on a store, with an async worker. */
async function opened(store: readonly string[]) {
  const flags = [...SHOP, ...store];
  const worker: Running = await startWorker([...flags, '-P', 'async']);
  return {
    async call(name: string, args: string, more: readonly string[] = []): Promise<string> {
      const { code, stdout, stderr } = await lovage(['call', name, '-a', args, ...more, ...flags]);
      assert.deepEqual([code, stderr], [0, '']);
      return stdout.trim();
    },
    result: (id: string, more: readonly string[] = []) =>
      lovage(['result', id, '--timeout', '20', ...more, ...flags]),
    async [Symbol.asyncDispose](): Promise<void> {
      worker.process.kill('SIGTERM');
      assert.equal((await worker.ended).code, 0, worker.said());
    },
  };
}
