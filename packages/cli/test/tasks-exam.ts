import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixture, lovage, type Running, startWorker } from './lovage.ts';

const SHOP = ['-A', fixture('shop.ts')];

export interface TasksExamOptions {
  /** Flags that name a store of its own for each test. */
  readonly store: () => string[];
  /** The sender hides what is not due. Elsewhere a worker does, for Python may be there to take it. */
  readonly sendersPark: boolean;
}

/** What the commands about tasks must do on every store. */
export function tasksExam({ store, sendersPark }: TasksExamOptions): void {
  test('call prints the id, result waits for the value', async () => {
    await using shop = await opened(store());
    assert.equal((await shop.result(await shop.call('shop.add', '[2, 3]'))).stdout, '5\n');
    assert.equal((await shop.result(await shop.call('shop.greet', '["Ada"]'))).stdout, 'Hello, Ada\n');
    const described = await shop.call('shop.describe', '[]', ['-k', '{"name": "Ada"}']);
    assert.equal((await shop.result(described)).stdout, "{ name: 'Ada', tags: [ 'a', 'b' ] }\n");
  });

  test('result --json is the document that Celery keeps', async () => {
    await using shop = await opened(store());
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
    await using shop = await opened(store());
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
    const { stdout } = await lovage(['call', 'shop.add', '--json', ...SHOP, ...store()]);
    const { task, task_id: id } = JSON.parse(stdout) as Record<string, unknown>;
    assert.equal(task, 'shop.add');
    assert.match(String(id), /^[0-9a-f-]{36}$/);
  });

  test('delays, queues and priorities of a call reach the broker; list queues and purge see them', async () => {
    const flags = [...SHOP, ...store()];
    await lovage(['call', 'shop.add', '-a', '[1, 1]', ...flags]);
    await lovage(['call', 'shop.add', '-a', '[1, 1]', '--priority', '9', ...flags]);
    await lovage(['call', 'shop.add', '-a', '[1, 1]', '--countdown', '3600', ...flags]);
    await lovage(['call', 'shop.add', '-a', '[1, 1]', '--eta', '2999-01-01T00:00:00', ...flags]);
    await lovage(['call', 'shop.add', '-a', '[1, 1]', '--queue', 'bulk', ...flags]);
    const { stdout } = await lovage(['list', 'queues', ...flags, '-Q', 'celery,bulk']);
    assert.equal(
      stdout,
      [
        'Queue   Ready  Delayed  Claimed',
        '───────────────────────────────',
        sendersPark ? 'celery      2        2        0' : 'celery      4        0        0',
        'bulk        1        0        0',
        '',
      ].join('\n'),
    );

    assert.equal(
      (await lovage(['purge', '-f', ...flags])).stdout,
      'Purged 4 messages from 1 known task queue.\n',
    );
    assert.equal((await lovage(['purge', '-f', ...flags])).stdout, 'No messages purged from 1 queue.\n');
    const json = await lovage(['purge', '-f', '--json', '-Q', 'celery,bulk', '-X', 'celery', ...flags]);
    assert.deepEqual(JSON.parse(json.stdout), { purged: { bulk: 1 }, total: 1 });
  });

  test('the quarantine can be seen, and its messages sent back or erased', async () => {
    const flags = [...SHOP, ...store()];
    const worker = await startWorker([...flags, '-P', 'async']);
    const ids: string[] = [];
    for (const name of ['shop.gone', 'shop.lost', 'shop.missing']) {
      ids.push((await lovage(['call', name, '-a', '["x"]', ...flags])).stdout.trim());
      await worker.says(new RegExp(`unregistered task of type '${name}'`));
    }
    worker.process.kill('SIGTERM');
    assert.equal((await worker.ended).code, 0);
    const [gone, lost, missing] = ids as [string, string, string];

    const list = await lovage(['quarantine', 'list', ...flags]);
    assert.match(list.stdout, /^Id +Task +Queue +Since +Reason\n─+\n/);
    for (const id of ids) assert.match(list.stdout, new RegExp(`^${id}  shop\\.\\w+ +celery +\\d{4}-`, 'm'));

    const shown = await lovage(['quarantine', 'show', gone.slice(0, 8), ...flags]);
    assert.match(
      shown.stdout,
      new RegExp(`^id +${gone}\ntask +shop\\.gone\nqueue +celery\nsince +\\d{4}.*\nreason +`),
    );
    assert.match(shown.stdout, /\nBody \(\d+ bytes of application\/json, utf-8\)\n {2}\[\["x"\],/);

    const back = await lovage(['quarantine', 'requeue', gone, ...flags]);
    assert.deepEqual([back.code, back.stdout], [0, 'Requeued 1 message.\n'], back.stderr);
    assert.deepEqual(await depths(flags), { celery: 1, 'lovage.quarantine': 2, 'lovage.dead-letters': 0 });

    const erased = await lovage(['quarantine', 'purge', lost, 'nobody', ...flags]);
    assert.deepEqual([erased.code, erased.stdout], [1, 'Purged 1 message.\n']);
    assert.equal(erased.stderr, 'nobody is not in the quarantine.\n');

    const rest = await lovage(['quarantine', 'requeue', '--all', '--json', ...flags]);
    assert.deepEqual(JSON.parse(rest.stdout), { requeued: [missing], missing: [], stuck: [] });
    assert.equal((await lovage(['quarantine', 'list', ...flags])).stdout, 'The quarantine is empty.\n');
    assert.deepEqual(await depths(flags), { celery: 2, 'lovage.quarantine': 0, 'lovage.dead-letters': 0 });
  });
}

async function depths(flags: readonly string[]): Promise<Record<string, number>> {
  const { stdout } = await lovage(['list', 'queues', '--json', ...flags]);
  const rows = JSON.parse(stdout) as { queue: string; ready: number }[];
  return Object.fromEntries(rows.map((row) => [row.queue, row.ready]));
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
