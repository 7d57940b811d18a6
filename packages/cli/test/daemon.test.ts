import assert from 'node:assert/strict';
import { chownSync, existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from '../src/daemon/pid-file.ts';
import { emptyFolder, emptyStore, fixture, lovage, start } from './lovage.ts';

const SHOP = ['-A', fixture('shop.ts')];
const LIMIT_MS = 25_000;

const left = new Set<number>();
after(() => {
  for (const pid of left) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
});

async function until<T>(what: string, look: () => T | undefined | false): Promise<T> {
  for (const end = Date.now() + LIMIT_MS; Date.now() < end; await sleep(20)) {
    const found = look();
    if (found !== undefined && found !== false) return found;
  }
  throw new Error(`not within ${LIMIT_MS} ms: ${what}`);
}

/** A worker in the background, in a folder of its own. */
async function detached(...flags: string[]) {
  const folder = emptyFolder();
  const store = ['-b', emptyStore()];
  const args = ['-n', 'w1@here', '--pidfile=%n.pid', '-f', '%n%I.log', '-l', 'info', '-P', 'async', ...flags];
  const started = await lovage(['worker', '-D', ...SHOP, ...store, ...args], { cwd: folder });
  const file = join(folder, 'w1.pid');
  const pid = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  // 0 would mean everybody here.
  assert.ok(pid > 0, `${started.stdout}${started.stderr}`);
  left.add(pid);
  const log = (name = 'w1.log'): string => {
    const path = join(folder, name);
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  };
  return {
    ...{ folder, store, started, pid, log },
    says: (pattern: RegExp, name?: string) => until(`the log says ${pattern}`, () => pattern.test(log(name))),
    async stop(): Promise<void> {
      process.kill(pid, 'SIGTERM');
      await until('it has ended', () => !isAlive(pid));
    },
  };
}

suite('lovage worker, in the background', { concurrency: 2 }, () => {
  test('--detach ends once the worker runs, in a session of its own; --pidfile and --logfile are by node', async () => {
    const worker = await detached();
    assert.equal(worker.started.code, 0, worker.started.stderr);
    assert.equal(
      worker.started.stdout,
      `w1@here runs (pid ${worker.pid}; log: ${join(worker.folder, 'w1.log')})\n`,
    );
    const [, , session] = /\) \S (\d+) (\d+) (\d+)/
      .exec(readFileSync(`/proc/${worker.pid}/stat`, 'utf8'))!
      .slice(1);
    assert.equal(Number(session), worker.pid);
    assert.match(readFileSync(`/proc/${worker.pid}/cmdline`, 'utf8'), /^lovage worker w1@here/);
    const second = await lovage(
      ['worker', '-D', ...SHOP, ...worker.store, '-n', 'w1@x', '--pidfile=%n.pid'],
      {
        cwd: worker.folder,
      },
    );
    assert.equal(second.code, 73);
    assert.match(second.stderr, new RegExp(`already running\\? \\(pid: ${worker.pid}\\)`));
    await worker.stop();
    assert.match(worker.log(), /worker: Warm shutdown/);
    assert.equal(existsSync(join(worker.folder, 'w1.pid')), false);
  });

  test('a worker that cannot start tells why at the prompt, with its exit code', async () => {
    const folder = emptyFolder();
    const flags = ['worker', '-D', '-A', fixture('breaks.ts'), '-b', emptyStore()];
    const told = await lovage([...flags, '-f', 'w.log', '-n', 'w1@here'], { cwd: folder });
    assert.deepEqual([told.code, told.stdout], [2, '']);
    assert.match(told.stderr, /^Error: w1@here ended at once \(exit code 2\)\. From .*w\.log:\n/);
    assert.match(told.stderr, /Error: the fixture breaks/);
    const unwritable = await lovage([...flags, '-f', 'no/such/folder/w.log'], { cwd: folder });
    assert.equal(unwritable.code, 73);
    assert.match(unwritable.stderr, /Cannot write the log file: ENOENT/);
  });

  test('a worker whose broker is away runs all the same, and says so', async () => {
    const folder = emptyFolder();
    const started = await lovage(
      [
        'worker',
        '-D',
        ...SHOP,
        '-b',
        'redis://127.0.0.1:1/0',
        '-n',
        'w1@here',
        '--pidfile=w.pid',
        '-P',
        'async',
      ],
      { cwd: folder },
    );
    const pid = Number(readFileSync(join(folder, 'w.pid'), 'utf8'));
    left.add(pid);
    assert.equal(
      started.stdout,
      `w1@here is starting, and waits for its broker (pid ${pid}; its log goes nowhere: --logfile keeps it)\n`,
    );
    process.kill(pid, 'SIGTERM');
    await until('it has ended', () => !isAlive(pid));
  });

  test('HUP starts it anew, under the same process id', async () => {
    const worker = await detached();
    process.kill(worker.pid, 'SIGHUP');
    await worker.says(/Restarting[\s\S]*Warm shutdown[\s\S]*w1@here ready\./);
    assert.equal(Number(readFileSync(join(worker.folder, 'w1.pid'), 'utf8')), worker.pid);
    const { stdout } = await lovage(['call', 'shop.add', '-a', '[1, 2]', ...SHOP, ...worker.store]);
    const result = await lovage(['result', stdout.trim(), '--timeout', '20', ...SHOP, ...worker.store]);
    assert.equal(result.stdout, '3\n');
    await worker.stop();
  });

  test('HUP lets what runs end; TERM while it waits for that ends it for good', async () => {
    const worker = await detached();
    await lovage(['call', 'shop.slow', '-a', '[3000]', ...SHOP, ...worker.store]);
    await worker.says(/slow is running/);
    process.kill(worker.pid, 'SIGHUP');
    await worker.says(/Warm shutdown/);
    process.kill(worker.pid, 'SIGTERM');
    await worker.says(/Will not restart: asked to stop/);
    await until('it has ended', () => !isAlive(worker.pid));
    assert.match(worker.log(), /succeeded in [\d.]+s: 'slept'/);
    assert.equal(worker.log().match(/ ready\./g)?.length, 1);
  });

  test('USR1 says what goes on, and opens no debugger', async () => {
    const worker = await detached();
    const { stdout } = await lovage(['call', 'shop.slow', '-a', '[60000]', ...SHOP, ...worker.store]);
    await worker.says(/slow is running/);
    process.kill(worker.pid, 'SIGUSR1');
    await worker.says(
      new RegExp(
        `running: 1 task\\n {2}shop\\.slow\\[${stdout.trim()}\\] for [\\d.]+ s.*\\nwaiting: 0 tasks\\n`,
      ),
    );
    assert.match(worker.log(), /w1@here: what goes on \(USR1\)\npid \d+, up/);
    assert.match(worker.log(), /pool: async, 1 of 100 busy/);
    assert.doesNotMatch(worker.log(), /Debugger/);
    process.kill(worker.pid, 'SIGQUIT');
    await until('it has ended', () => !isAlive(worker.pid));
  });

  test('each child of the pool has a log of its own, made anew when it is moved away', async () => {
    const worker = await detached('-P', 'prefork', '-c', '1');
    const call = () => lovage(['call', 'shop.slow', '-a', '[0]', ...SHOP, ...worker.store]);
    await call();
    await worker.says(/ERROR\/ForkPoolWorker-1\] .*slow is running/, 'w1-1.log');
    assert.doesNotMatch(worker.log(), /slow is running/);
    for (const name of ['w1.log', 'w1-1.log'])
      renameSync(join(worker.folder, name), join(worker.folder, `${name}.1`));
    await call();
    await until('new logs', () =>
      ['w1.log', 'w1-1.log'].every((name) => existsSync(join(worker.folder, name))),
    );
    await worker.says(/slow is running/, 'w1-1.log');
    await worker.stop();
  });

  test('--logfile without --detach takes the log, and leaves the banner', async () => {
    const folder = emptyFolder();
    const flags = [...SHOP, '-b', emptyStore(), '-P', 'solo', '-n', 'w1@here', '-E', '-f', '%n.log'];
    const worker = start(['worker', '-l', 'info', ...flags], { cwd: folder });
    const log = join(folder, 'w1.log');
    await until('it is ready', () => existsSync(log) && readFileSync(log, 'utf8').includes(' ready.'));
    worker.process.kill('SIGTERM');
    const { code, stdout, stderr } = await worker.ended;
    assert.deepEqual([code, stderr], [0, '\nworker: Warm shutdown (MainProcess)\n']);
    assert.match(stdout, /\.> concurrency: 1 \(solo\)\n\.> task events: ON\n/);
    assert.match(readFileSync(log, 'utf8'), /^\[/);
  });

  test('--workdir is where it works; --umask is that of its files', async () => {
    const [folder, work] = [emptyFolder(), emptyFolder()];
    const started = await lovage(
      [
        'worker',
        '-D',
        ...SHOP,
        '-b',
        'sqlite:///x.db',
        '-P',
        'async',
        '-f',
        'w.log',
        '--pidfile',
        'w.pid',
        '--workdir',
        work,
        '--umask',
        '077',
      ],
      { cwd: folder },
    );
    assert.equal(started.code, 0, started.stderr);
    const pid = Number(readFileSync(join(work, 'w.pid'), 'utf8'));
    left.add(pid);
    for (const name of ['w.log', 'w.pid', 'x.db'])
      assert.equal(statSync(join(work, name)).mode & 0o077, 0, name);
    process.kill(pid, 'SIGTERM');
    await until('it has ended', () => !isAlive(pid));
  });

  test('--uid and --gid', {
    skip: process.getuid?.() === 0 ? false : 'only root may become somebody else',
  }, async () => {
    const folder = emptyFolder();
    chownSync(folder, 65_534, 65_534);
    const args = [
      'worker',
      '-D',
      ...SHOP,
      '-b',
      'sqlite:///x.db',
      '-P',
      'async',
      '-f',
      'w.log',
      '--pidfile',
      'w.pid',
      '--uid',
      'nobody',
    ];
    const started = await lovage(args, { cwd: folder });
    assert.equal(started.code, 0, started.stderr);
    const pid = Number(readFileSync(join(folder, 'w.pid'), 'utf8'));
    left.add(pid);
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    assert.match(status, /^Uid:\t65534\t65534\t65534\t65534$/m);
    assert.match(status, /^Gid:\t65534\t65534\t65534\t65534$/m);
    assert.match(status, /^Groups:\t65534 $/m);
    assert.equal(statSync(join(folder, 'w.log')).uid, 65_534);
    // Starting anew it is that user already, and needs no right to become it.
    process.kill(pid, 'SIGHUP');
    await until(
      'it runs anew',
      () => readFileSync(join(folder, 'w.log'), 'utf8').split('[queues]').length === 3,
    );
    process.kill(pid, 'SIGTERM');
    await until('it has ended', () => !isAlive(pid));
    const nobody = await lovage(['worker', ...SHOP, '--uid', 'no-such-user']);
    assert.deepEqual([nobody.code, nobody.stderr], [1, 'Error: There is no user no-such-user.\n']);
  });

  test('a pid file that cannot be written', async () => {
    const file = join(emptyFolder(), 'a file');
    writeFileSync(file, '');
    const { code, stderr } = await lovage(['worker', ...SHOP, '--pidfile', join(file, 'w.pid')]);
    assert.equal(code, 73, stderr);
    assert.match(stderr, /Error: Cannot (read|write) the pid file: ENOTDIR/);
  });
});
