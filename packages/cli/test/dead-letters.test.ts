import assert from 'node:assert/strict';
import { test } from 'node:test';
import { App } from '@lovage/app';
import { Worker } from '@lovage/worker';
import { emptyStore, fixture, lovage } from './lovage.ts';

const SHOP = ['-A', fixture('shop.ts')];

/** A store with the letters of three tasks that failed, the oldest first. */
async function failures(): Promise<{ store: string; ids: [string, string, string] }> {
  const store = emptyStore();
  const app = new App('shop', { brokerUrl: store, environment: {}, lovageLogLevel: 'silent' });
  const fails = (name: string) =>
    app.task(name, (message: string) => {
      throw new TypeError(message);
    });
  const tasks = [fails('shop.fail'), fails('shop.fail_too'), fails('shop.fail_also')];
  await using worker = new Worker(app, { concurrency: 1, pool: 'solo' });
  await worker.start();
  const ids: string[] = [];
  for (const task of tasks) {
    const result = await task.delay('boom');
    await assert.rejects(result.get({ timeout: 20 }), /boom/);
    ids.push(result.id);
  }
  await worker.stop();
  await app.close();
  return { store, ids: ids as [string, string, string] };
}

test('dead letters are listed, shown, sent back and erased', async () => {
  const { store, ids } = await failures();
  const [first, second, third] = ids;
  const run = (...args: string[]) => lovage(['dead-letters', ...args, ...SHOP, '-b', store]);

  const list = await run('list');
  assert.match(list.stdout, /^Id +Kind +Task +Queue +Since +Reason\n─+\n/);
  assert.deepEqual(
    [...list.stdout.matchAll(/^(\S{36}) {2}failed {2}(\S+) +celery .*TypeError\('boom'\)$/gm)].map(
      ([, id, task]) => [id, task],
    ),
    [
      [first, 'shop.fail'],
      [second, 'shop.fail_too'],
      [third, 'shop.fail_also'],
    ],
  );
  const newest = await run('list', '--newest', '--limit', '1', '--json');
  assert.deepEqual(
    (JSON.parse(newest.stdout) as { id: string }[]).map(({ id }) => id),
    [third],
  );

  const shown = await run('show', first.slice(0, 8));
  assert.match(shown.stdout, new RegExp(`^id +${first}\nkind +failed\ntask +shop\\.fail\nqueue +celery\n`));
  assert.match(shown.stdout, /\nreason +TypeError\('boom'\)\n\nTraceback\n {2}TypeError: boom\n {2} +at /);
  assert.match(shown.stdout, /\nBody \(\d+ bytes of application\/json, utf-8\)\n {2}\[\["boom"\],/);
  const nobody = await run('show', 'nobody');
  assert.deepEqual([nobody.code, nobody.stdout], [1, '']);
  assert.match(nobody.stderr, /nobody is not among the dead letters\./);

  const back = await run('redrive', '--task', 'shop.fail_too');
  assert.deepEqual([back.code, back.stdout], [0, 'Redrove 1 letter.\n'], back.stderr);
  const aside = await run('redrive', third, '--to-queue', 'aside', '--json');
  assert.deepEqual(JSON.parse(aside.stdout), { redrove: [third], missing: [], stuck: [] });
  const erased = await run('discard', first, 'nobody');
  assert.deepEqual([erased.code, erased.stdout], [1, 'Discarded 1 letter.\n']);
  assert.equal(erased.stderr, 'nobody is not among the dead letters.\n');
  assert.equal((await run('list')).stdout, 'There are no dead letters.\n');

  const queues = await lovage(['list', 'queues', '--json', '-Q', 'celery,aside', ...SHOP, '-b', store]);
  const ready = (JSON.parse(queues.stdout) as { queue: string; ready: number }[]).map(
    (each) => `${each.queue} ${each.ready}`,
  );
  assert.deepEqual(ready, ['celery 1', 'aside 1']);
});

test('which ones must be said, and said once', async () => {
  for (const args of [['discard'], ['redrive', 'an-id', '--all'], ['discard', '--all', '--kind', 'failed']]) {
    const { code, stderr } = await lovage(['dead-letters', ...args, ...SHOP]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, /Name ids, or say which with --kind, --task or --from-queue, or give --all\./);
  }
});
