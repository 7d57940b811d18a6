import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { emptyFolder, emptyStore, fixture, lovage, type Running, start, startWorker } from './lovage.ts';

const SHOP = ['-A', fixture('shop.ts')];

/** Calls `shop.slow`, and waits until it runs. */
async function busy(worker: Running, flags: readonly string[], ms: number): Promise<string> {
  const { stdout } = await lovage(['call', 'shop.slow', '-a', `[${ms}]`, ...flags]);
  await worker.says(/slow is running/);
  return stdout.trim();
}

const stateOf = async (id: string, flags: readonly string[]): Promise<string> => {
  const { stdout } = await lovage(['result', id, '--timeout', '0', '--json', ...flags]);
  return stdout === '' ? 'none' : (JSON.parse(stdout) as { status: string }).status;
};

suite('lovage worker', { concurrency: 2 }, () => {
  test('says what it is: app, stores without passwords, pool, queues and tasks', async () => {
    const worker = start([
      'worker',
      ...SHOP,
      ...[
        '-b',
        'redis://ada:hunter2@127.0.0.1:1/0',
        '-c',
        '3',
        '-P',
        'gevent',
        '-n',
        'w1@%n',
        '-Q',
        'mail,fax',
      ],
    ]);
    await worker.says(/Trying again/);
    worker.process.kill('SIGTERM');
    const { code, stdout, stderr } = await worker.ended;
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^\nw1@\S+ {2}lovage v\d+\.\d+\.\d+\n/);
    const banner = stdout.split('\n').map((line) => line.trim());
    for (const line of [
      '.> transport:   redis://ada:**@127.0.0.1:1/0',
      '.> results:     redis://ada:**@127.0.0.1:1/0',
      '.> concurrency: 3 (async)',
      '.> mail',
      '.> fax',
      '. shop.add',
      '. shop.slow',
    ]) {
      assert.ok(banner.includes(line), `${line} is missing in\n${stdout}`);
    }
    assert.match(stdout, /\.> app: {9}shop \(.*shop\.ts\)/);
    assert.doesNotMatch(stdout + stderr, /hunter2/);
  });

  for (const pool of ['async', 'prefork']) {
    test(`TERM waits for what runs, then ends with 0 (${pool})`, async () => {
      const flags = [...SHOP, '-b', emptyStore()];
      const worker = await startWorker([...flags, '-P', pool, '-c', '2']);
      const id = await busy(worker, flags, 300);
      worker.process.kill('SIGTERM');
      const { code, stderr } = await worker.ended;
      assert.equal(code, 0, stderr);
      assert.match(stderr, /\nworker: Warm shutdown \(MainProcess\)\n/);
      assert.match(stderr, new RegExp(`Task shop\\.slow\\[${id}\\] succeeded in [\\d.]+s: 'slept'`));
      assert.equal(await stateOf(id, flags), 'SUCCESS');
    });

    test(`a second INT does not wait: what runs goes back, exit code 1 (${pool})`, async () => {
      const flags = [...SHOP, '-b', emptyStore()];
      const worker = await startWorker([...flags, '-P', pool, '-c', '2']);
      const id = await busy(worker, flags, 60_000);
      worker.process.kill('SIGINT');
      const who = pool === 'async' ? 'MainProcess' : 'ForkPoolWorker-[12]';
      assert.match(worker.said(), new RegExp(`: ERROR/${who}\\] slow is running`));
      await worker.says(/Hitting Ctrl\+C again will terminate all running tasks!/);
      await worker.says(/Warm shutdown/);
      worker.process.kill('SIGINT');
      const { code, stderr } = await worker.ended;
      assert.equal(code, 1, stderr);
      assert.match(stderr, /\nworker: Cold shutdown \(MainProcess\)\n/);
      assert.equal(await stateOf(id, flags), 'none');
      const { stdout } = await lovage(['list', 'queues', '--json', '-Q', 'celery', ...flags]);
      assert.deepEqual(JSON.parse(stdout), [{ queue: 'celery', ready: 1, delayed: 0, claimed: 0 }]);
    });
  }

  test('QUIT, or TERM remapped to it, is cold at once and ends with 0', async () => {
    for (const [signal, env] of [
      ['SIGQUIT', {}],
      ['SIGTERM', { REMAP_SIGTERM: 'SIGQUIT' }],
    ] as const) {
      const flags = [...SHOP, '-b', emptyStore()];
      const worker = await startWorker([...flags, '-P', 'async'], { env });
      await busy(worker, flags, 60_000);
      worker.process.kill(signal);
      const { code, stderr } = await worker.ended;
      assert.equal(code, 0, stderr);
      assert.match(stderr, /Cold shutdown/);
      assert.doesNotMatch(stderr, /Warm shutdown/);
    }
  });

  test('--shutdown-grace bounds a warm shutdown', async () => {
    const flags = [...SHOP, '-b', emptyStore()];
    const worker = await startWorker([...flags, '-P', 'async', '--shutdown-grace', '0.1']);
    await busy(worker, flags, 60_000);
    worker.process.kill('SIGTERM');
    assert.equal((await worker.ended).code, 0);
  });

  test('a broker that refuses ends it with 1 and a reason', async () => {
    const file = join(emptyFolder(), 'no.db');
    writeFileSync(file, 'this is no database, and long enough to tell');
    const { code, stderr } = await lovage(['worker', ...SHOP, '-b', `sqlite:///${file}`]);
    assert.equal(code, 1);
    assert.match(stderr, /^Error: .*no\.db is not an SQLite database/m);
    assert.doesNotMatch(stderr, /\n\s+at /);
  });

  test('--json logs an object a line and prints no banner', async () => {
    const worker = await startWorker([...SHOP, '-b', emptyStore(), '-P', 'async', '--json']);
    worker.process.kill('SIGTERM');
    const { code, stdout, stderr } = await worker.ended;
    assert.deepEqual([code, stdout], [0, '']);
    const lines = stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { msg: string });
    assert.ok(lines.some((line) => line.msg.endsWith('ready.')));
    assert.ok(lines.some((line) => line.msg === 'worker: Warm shutdown (MainProcess)'));
  });

  test('--include loads more tasks, in prefork children too', async () => {
    const flags = [...SHOP, '-b', emptyStore()];
    const worker = await startWorker([...flags, '-c', '1', '-I', fixture('more-tasks.ts')]);
    assert.match(worker.said(), / \. more\.twice\n/);
    const { stdout } = await lovage(['call', 'more.twice', '-a', '[21]', ...flags]);
    assert.equal((await lovage(['result', stdout.trim(), '--timeout', '20', ...flags])).stdout, '42\n');
    worker.process.kill('SIGTERM');
    assert.equal((await worker.ended).code, 0);
  });

  test('-Q and -X choose its queues, --purge empties them first', async () => {
    const flags = ['-A', fixture('quiet.ts'), '-b', emptyStore()];
    for (const queue of ['fast', 'bulk']) await lovage(['call', 'a.b', '--queue', queue, ...flags]);
    const worker = await startWorker([...flags, '-P', 'async', '-X', 'bulk', '--purge']);
    assert.match(worker.said(), /\[queues\]\n\.> fast\n\n/);
    assert.match(worker.said(), /purge: Erased 1 message from the queue\./);
    worker.process.kill('SIGTERM');
    assert.equal((await worker.ended).code, 0);
    const { stdout } = await lovage(['list', 'queues', '--json', '-Q', 'fast,bulk', ...flags]);
    assert.deepEqual(
      (JSON.parse(stdout) as { ready: number }[]).map((each) => each.ready),
      [0, 1],
    );
    const none = await lovage(['worker', ...flags, '-X', 'fast,bulk']);
    assert.equal(none.code, 2);
    assert.match(none.stderr, /No queue is left to consume/);
  });

  test('--pidfile keeps a second worker away while the first lives', async () => {
    const pidfile = join(emptyFolder(), 'worker.pid');
    writeFileSync(pidfile, '2147483646\n'); // Left by a process that is no more.
    const flags = [...SHOP, '-b', emptyStore(), '-P', 'async', '--pidfile', pidfile];
    const worker = await startWorker(flags);
    assert.equal(readFileSync(pidfile, 'utf8'), `${worker.process.pid}\n`);
    const second = await lovage(['worker', ...flags]);
    assert.equal(second.code, 73);
    assert.match(second.stderr, new RegExp(`already running\\? \\(pid: ${worker.process.pid}\\)`));
    worker.process.kill('SIGTERM');
    assert.equal((await worker.ended).code, 0);
    assert.equal(existsSync(pidfile), false);
  });
});
