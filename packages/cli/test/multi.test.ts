import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { isAlive } from '../src/daemon/pid-file.ts';
import { emptyFolder, emptyStore, fixture, lovage } from './lovage.ts';

const SHOP = ['-A', fixture('shop.ts')];
const HOST = hostname();

/** Folders of workers that a failed test may have left running. */
const homes: string[] = [];
after(() => {
  for (const home of homes) {
    for (const name of ['w1', 'w2', 'celery1', 'celery2']) {
      const pid = pidIn(home, name);
      if (pid !== undefined && isAlive(pid)) process.kill(pid, 'SIGKILL');
    }
  }
});

/** multi, with pid files and logs in a folder of its own. */
function cluster() {
  const home = emptyFolder();
  homes.push(home);
  const env = { XDG_STATE_HOME: home };
  return {
    home,
    multi: (...args: string[]) => lovage(['multi', ...args], { env }),
    pid: (name: string) => pidIn(home, name),
    log: (name: string) => readFileSync(join(home, 'lovage', 'log', `${name}.log`), 'utf8'),
  };
}

function pidIn(home: string, name: string): number | undefined {
  const file = join(home, 'lovage', 'run', `${name}.pid`);
  return existsSync(file) ? Number(readFileSync(file, 'utf8')) : undefined;
}

/** The arguments that a node would be started with, by words, without those that every node has. */
async function argvOf(node: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await lovage(['multi', 'get', node, ...args]);
  assert.equal(code, 0, stderr);
  return stdout.trim().replace(/^worker --detach --hostname=\S+ --pidfile=\S+ --logfile=\S+ ?/, '');
}

suite('lovage multi', { concurrency: 2 }, () => {
  test('names: given, counted, with a host or a prefix of their own', async () => {
    const names = async (...args: string[]) =>
      (await lovage(['multi', 'names', ...args])).stdout.trim().split('\n');
    assert.deepEqual(await names('w1', 'w2@foo', '-n', 'bar.example'), ['w1@bar.example', 'w2@foo']);
    assert.deepEqual(await names('2'), [`celery1@${HOST}`, `celery2@${HOST}`]);
    assert.deepEqual(await names('2', '--range-prefix=worker'), [`worker1@${HOST}`, `worker2@${HOST}`]);
    assert.deepEqual(await names('a', '--prefix', 'x-', '--suffix=h'), ['x-a@h']);
  });

  test('options are for all nodes, or for those that are named or numbered', async () => {
    const line = [
      'w1',
      'w2',
      'w3',
      '-c',
      '3',
      '-c:w1',
      '10',
      '-Q:2-3',
      'im ages',
      '--loglevel:1,w3=DEBUG',
      '-E',
    ];
    assert.equal(await argvOf(`w1@${HOST}`, ...line), '-E -c 10 --loglevel=DEBUG');
    assert.equal(await argvOf(`w2@${HOST}`, ...line), "-c 3 -E -Q 'im ages'");
    assert.equal(await argvOf(`w3@${HOST}`, ...line), "-c 3 -E -Q 'im ages' --loglevel=DEBUG");
  });

  test('options stand on either side, values attached or not, and the rest is passed on as it is', async () => {
    assert.equal(await argvOf('w@h', '-c4', 'w@h', '-lINFO', '--', '-X', 'a b'), "-c 4 -l INFO -X 'a b'");
    const { stdout } = await lovage(['-A', 'proj', 'multi', 'get', 'w@h', 'w@h']);
    assert.match(stdout, / -A proj\n$/);
    assert.equal(
      await argvOf('w@h', 'w@h', '-Q', '%n', '-b', 'redis://:a%dd@h'),
      "-Q w -b 'redis://:a%dd@h'".replaceAll("'", ''),
    );
  });

  test('expand shows a template for each node, and leaves what only a child knows', async () => {
    const { stdout } = await lovage(['multi', 'expand', '%n:%h:%d:%p:%i:%I:%%', 'w1@a.b', 'w2@c']);
    assert.equal(stdout, 'w1:a.b:b:w1@a.b:%i:%I:%%\nw2:c::w2@c:%i:%I:%%\n');
  });

  test('show prints commands that start the nodes', async () => {
    const { stdout } = await lovage([
      'multi',
      'show',
      '2',
      '--pidfile=/run/%n.pid',
      '--logfile=/log/%n%I.log',
    ]);
    const lines = stdout.trimEnd().split('\n');
    assert.equal(lines.length, 2);
    assert.match(
      lines[1]!,
      new RegExp(
        `^/.* worker --detach --hostname=celery2@${HOST} --pidfile=/run/celery2\\.pid --logfile=/log/celery2%I\\.log$`,
      ),
    );
  });

  const faults: readonly (readonly [what: string, args: readonly string[], says: RegExp])[] = [
    ['no command', [], /Say what to do: start, stop/],
    ['an unknown command', ['begin', 'w1'], /Invalid command: begin/],
    ['no nodes', ['start'], /Name the nodes, or say how many/],
    ['too many nodes', ['names', '100000'], /1 to 1000 nodes/],
    ['a node twice', ['names', 'w1', 'w1'], /w1@.* is named twice/],
    ['an option for nobody', ['names', '3', '-c:5', '3'], /There is no node 5: they are celery1@/],
    [
      'an unknown option',
      ['start', 'w1', '--concurency', '3'],
      /no option --concurency\. Did you mean --concurrency/,
    ],
    ['a value that is missing', ['start', 'w1', '-c'], /-c needs a value/],
    ['a value too much', ['start', 'w1', '--purge=yes'], /--purge takes no value/],
    ['what would need a shell', ['start', 'w1', '--cmd=celery'], /does not have --cmd: multi starts/],
    ['expand of nothing', ['expand'], /expand needs a template/],
  ];
  for (const [what, args, says] of faults) {
    test(`${what} is a usage error`, async () => {
      const { code, stdout, stderr } = await lovage(['multi', ...args]);
      assert.deepEqual([code, stdout], [2, ''], stderr);
      assert.match(stderr, /^Usage: lovage multi <command> <nodes\.\.\.> \[worker options\]\n/);
      assert.match(stderr, says);
    });
  }

  test('get of a node that is not there fails', async () => {
    const { code, stdout } = await lovage(['multi', 'get', 'nobody', 'w1']);
    assert.deepEqual([code, stdout], [1, '']);
  });

  test('nodes start in the background and work, restart as other processes, and stop', async () => {
    const { multi, pid, log } = cluster();
    const flags = [...SHOP, '-b', emptyStore()];
    const started = await multi('start', '2', ...flags, '-l', 'info', '-P', 'async', '-c:2', '7');
    assert.equal(started.code, 0, started.stdout);
    assert.match(started.stdout, /^lovage multi v.*\n> Starting nodes\.\.\.\n/);
    const first = [pid('celery1'), pid('celery2')];
    for (const at of [0, 1]) {
      assert.match(
        started.stdout,
        new RegExp(`\\t> celery${at + 1}@${HOST}: OK \\(pid ${first[at]}; log: /`),
      );
      assert.ok(isAlive(first[at]!));
      assert.match(log(`celery${at + 1}`), new RegExp(`celery${at + 1}@${HOST} ready\\.`));
    }
    assert.match(log('celery2'), /concurrency: +7 \(async\)/);
    const { stdout } = await lovage(['call', 'shop.add', '-a', '[20, 22]', ...flags]);
    assert.equal((await lovage(['result', stdout.trim(), '--timeout', '20', ...flags])).stdout, '42\n');

    const again = await multi('start', 'celery1', ...flags);
    assert.equal(again.code, 1);
    assert.match(again.stdout, new RegExp(`celery1@${HOST}: FAILED\n.*Pidfile .* already exists`));

    const restarted = await multi('restart', '2', ...flags, '-P', 'async');
    assert.equal(restarted.code, 0, restarted.stdout);
    const second = [pid('celery1'), pid('celery2')];
    for (const at of [0, 1]) {
      assert.match(restarted.stdout, new RegExp(`\\t> celery${at + 1}@${HOST}: TERM -> ${first[at]}\n`));
      assert.match(
        restarted.stdout,
        new RegExp(`> Restarting node celery${at + 1}@${HOST}: OK \\(pid ${second[at]};`),
      );
      assert.ok(isAlive(second[at]!) && !isAlive(first[at]!));
    }

    const stopped = await multi('stopwait', '2', '-INT');
    assert.equal(stopped.code, 0);
    assert.match(stopped.stdout, new RegExp(`> Waiting for 2 nodes -> ${second.join(', ')}\\.\\.\\.\n`));
    for (const at of [0, 1]) {
      assert.match(stopped.stdout, new RegExp(`\\t> celery${at + 1}@${HOST}: INT -> ${second[at]}\n`));
      assert.equal(isAlive(second[at]!), false);
      assert.equal(pid(`celery${at + 1}`), undefined);
    }
    const down = await multi('stop', '2');
    assert.deepEqual([down.code, down.stdout.match(/: DOWN\n/g)?.length], [0, 2]);
  });

  test('kill ends a node at once; what it leaves does not keep the next one away', async () => {
    const { multi, pid } = cluster();
    const flags = [...SHOP, '-b', emptyStore(), '-P', 'async'];
    assert.equal((await multi('start', 'w1', ...flags)).code, 0);
    const first = pid('w1')!;
    const killed = await multi('kill', 'w1');
    assert.equal(killed.stdout.split('\n')[1], `Sending KILL to node w1@${HOST} (${first})`);
    assert.equal((await multi('restart', 'w1', ...flags, '-q')).stdout, '');
    assert.notEqual(pid('w1'), first);
    assert.equal((await multi('stopwait', 'w1', '-9')).code, 0);
  });

  test('a node that cannot start says why', async () => {
    const { multi, home } = cluster();
    const { code, stdout } = await multi('start', 'w1', '-A', fixture('breaks.ts'), '-b', emptyStore());
    assert.equal(code, 1);
    assert.match(stdout, new RegExp(`> w1@${HOST}: FAILED\n`));
    assert.match(stdout, /Error: the fixture breaks/);
    assert.match(stdout, /\* Child terminated with exit code 2\n/);
    assert.equal(pidIn(home, 'w1'), undefined);
  });

  test('a pid file of a process that is gone counts for nothing', async () => {
    const folder = emptyFolder();
    const file = join(folder, 'w1.pid');
    writeFileSync(file, '2147483646\n');
    const { code, stdout } = await lovage([
      'multi',
      'stopwait',
      'w1',
      `--pidfile=${folder}/%n.pid`,
      '--nosplash',
    ]);
    assert.deepEqual([code, stdout], [0, `> w1@${HOST}: DOWN\n`]);
  });
});
