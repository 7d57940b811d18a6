import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { emptyStore, fixture, lovage } from './lovage.ts';
import { Pty } from './pty.ts';
import { type Script, ScriptedNodes } from './scripted-node.ts';

const HOSTILE = '\u001b[2J\u001b]0;owned\u0007\nbad\u009b1m\u202e';
const PING = { ping: { ok: 'pong' } };

async function nodes(given: Readonly<Record<string, Script>>) {
  const broker = emptyStore();
  const scripted = await ScriptedNodes.start(broker, given);
  const run = (...args: string[]) => lovage([...args, '-b', broker]);
  /** Asks all of them by name, and so waits no longer than they take. */
  const ask = (...args: string[]) => run(...args, '-d', Object.keys(given).join(','));
  return { scripted, run, ask, broker };
}

suite('lovage inspect, control, status', { concurrency: 2 }, () => {
  test('answers are shown as Celery shows them, and counted', async () => {
    const { run } = await nodes({ 'celery@web1': PING, 'celery@web2': { ping: { error: 'broken' } } });
    const { code, stdout, stderr } = await run('inspect', 'ping');
    assert.deepEqual([code, stderr], [0, '']);
    const [answers = '', count] = stdout.split('\n\n');
    assert.deepEqual(answers.split(/\n(?=->)/).sort(), [
      '->  celery@web1: OK\n        pong',
      '->  celery@web2: ERROR\n        broken',
    ]);
    assert.equal(count, '2 nodes online.\n');
  });

  test('--json is one document, of the shape that Celery prints', async () => {
    const { run } = await nodes({
      b: { ...PING, heartbeat: null },
      a: { ...PING, heartbeat: { error: 'x' } },
    });
    const inspected = await run('inspect', 'ping', '-j');
    assert.deepEqual(JSON.parse(inspected.stdout), { a: { ok: 'pong' }, b: { ok: 'pong' } });
    const controlled = await run('control', 'heartbeat', '--json');
    assert.deepEqual(JSON.parse(controlled.stdout), [{ a: { error: 'x' } }, { b: null }]);
    assert.deepEqual([inspected.code, controlled.code], [0, 0]);
  });

  for (const words of [['inspect', 'ping'], ['control', 'heartbeat'], ['status'], ['control', 'shutdown']]) {
    test(`nobody answers lovage ${words.join(' ')}: exit code 69, in Celery's words`, async () => {
      const { code, stdout, stderr } = await lovage([...words, '-t', '0.1', '-b', emptyStore()]);
      assert.deepEqual([code, stdout, stderr], [69, '', 'Error: No nodes replied within time constraint\n']);
    });
  }

  test('those who were named and are silent are told', async () => {
    const { run, scripted } = await nodes({ a: PING, b: PING });
    const { code, stdout, stderr } = await run('inspect', 'ping', '-d', 'a,c');
    assert.deepEqual([code, stderr], [0, 'Warning: no reply from c\n']);
    assert.match(stdout, /^-> {2}a: OK[\s\S]*\n1 node online\.\n$/);
    assert.deepEqual(
      scripted.asked.map(({ node }) => node),
      ['a'],
    );
  });

  test('arguments reach the workers under the names that they know', async () => {
    const { ask, scripted } = await nodes({ a: { time_limit: { ok: 'done' }, xyz: [] } });
    await ask('control', 'time_limit', 'shop.add', '1', '2.5');
    await ask('inspect', 'xyz', '--arguments', '{"n": 1}');
    assert.deepEqual(scripted.asked, [
      { node: 'a', method: 'time_limit', arguments: { task_name: 'shop.add', soft: 1, hard: 2.5 } },
      { node: 'a', method: 'xyz', arguments: { n: 1 } },
    ]);
  });

  test('what revokes is sent as the app sends it', async () => {
    const ok = { ok: 'done' };
    const { ask, scripted } = await nodes({ a: { revoke: ok, revoke_by_stamped_headers: ok } });
    for (const words of ['revoke x y', 'terminate kill x', 'revoke_by_stamped_headers a=1 b=3 a=2=2']) {
      assert.equal((await ask('control', ...words.split(' '))).code, 0, words);
    }
    const off = { terminate: false, signal: 'SIGTERM' };
    assert.deepEqual(
      scripted.asked.map((each) => each.arguments),
      [
        { task_id: ['x', 'y'], ...off },
        { task_id: ['x'], terminate: true, signal: 'SIGKILL' },
        { headers: { a: ['1', '2=2'], b: ['3'] }, ...off },
      ],
    );
  });

  test("a command of the app's own is listed, taken and sent", async () => {
    const { broker, scripted } = await nodes({ a: { flush: { ok: 'flushed' } } });
    const run = (...args: string[]) => lovage([...args, '-A', fixture('commands.ts'), '-b', broker]);
    const list = await run('control', '--list');
    assert.match(list.stdout, /^flush \[cache\] {2,}empties a cache$/m);
    assert.match(list.stdout, /^rate_limit <task> <rate> {2,}\S/m);
    const { stdout } = await run('control', 'flush', 'main');
    assert.equal(stdout, '->  a: OK\n        flushed\n');
    assert.deepEqual(scripted.asked, [{ node: 'a', method: 'flush', arguments: { cache: 'main' } }]);
    assert.match((await run('inspect', 'flush')).stderr, /No such inspect command 'flush'/);
  });

  test('nothing that a worker says steers the terminal or shows a password', async () => {
    const url = 'redis://ada:hunter2@localhost/0';
    const task = { id: HOSTILE, name: HOSTILE, args: [HOSTILE, url], kwargs: { password: 'hunter2' } };
    const { ask } = await nodes({
      [`evil${HOSTILE}`]: {
        ping: { ok: HOSTILE },
        active: [task],
        scheduled: [{ eta: HOSTILE, request: task }],
        stats: {
          pool: { [HOSTILE]: HOSTILE, implementation: HOSTILE },
          broker: { url },
          total: { [HOSTILE]: 1 },
        },
        conf: { broker_url: url, [HOSTILE]: [HOSTILE] },
        active_queues: [{ name: HOSTILE, exchange: { name: url } }],
        query_task: { [HOSTILE]: [HOSTILE, task] },
        report: { ok: `${HOSTILE}\n${url}` },
        registered: [HOSTILE],
        heartbeat: { error: HOSTILE },
      },
    });
    const lines = [
      'active',
      'scheduled',
      'stats',
      'conf',
      'active_queues',
      'query_task x',
      'report',
      'registered',
    ];
    const commands = [
      ...lines.map((line) => `inspect ${line}`),
      'inspect ping',
      'control heartbeat',
      'status',
    ];
    for (const command of commands.flatMap((line) => [line, `${line} --json`])) {
      const { code, stdout } = await ask(...command.split(' '));
      assert.equal(code, 0, command);
      assert.doesNotMatch(stdout.replaceAll('\n', ''), /[\p{Cc}\u202e]/u, command);
      if (!command.includes('--json')) assert.doesNotMatch(stdout, /hunter2/, command);
      assert.doesNotMatch(stdout, /:hunter2@/, command);
    }
  });

  test('an answer of another shape than expected is shown as it is', async () => {
    const odd: Script = { active: 'later', stats: [1, { a: 2 }], scheduled: null, conf: 7, query_task: [] };
    const { ask } = await nodes({ a: odd });
    const shown: Record<string, string> = {};
    for (const method of Object.keys(odd)) {
      const words = method === 'query_task' ? [method, 'x'] : [method];
      const { stdout } = await ask('inspect', ...words);
      shown[method] = stdout.split('\n').slice(1, -3).join('|');
    }
    assert.deepEqual(shown, {
      active: '    later',
      stats: '    * 1|    * {"a":2}',
      scheduled: '    - none -',
      conf: '    7',
      query_task: '    - empty -',
    });
  });

  test('status shows what is cheap to know, also of a node that answers only half', async () => {
    const { run } = await nodes({
      'celery@web1': {
        ...PING,
        stats: {
          total: { a: 2, b: 3 },
          pool: { implementation: 'celery.concurrency.thread:TaskPool', 'max-concurrency': 4 },
        },
        active: [{ id: 'x' }],
        active_queues: [{ name: 'celery' }, { name: 'mail' }],
      },
      'celery@web2': PING,
    });
    const { code, stdout } = await run('status');
    assert.equal(code, 0);
    assert.deepEqual(stdout.split('\n'), [
      'Node         State  Pool    Concurrency  Active  Processed  Queues',
      '────────────────────────────────────────────────────────────────────────',
      'celery@web1  OK     thread            4       1          5  celery, mail',
      'celery@web2  OK     –                 –       –          –  –',
      '',
      '2 nodes online.',
      '',
    ]);
    const json = await run('status', '-j');
    assert.deepEqual(JSON.parse(json.stdout), {
      'celery@web1': {
        ok: 'pong',
        pool: 'thread',
        concurrency: 4,
        active: 1,
        processed: 5,
        queues: ['celery', 'mail'],
      },
      'celery@web2': { ok: 'pong' },
    });
  });

  test('shutdown without a terminal asks nobody, and says whom it reached', async () => {
    const { run, scripted } = await nodes({ a: PING, b: PING });
    const { code, stdout } = await run('control', 'shutdown', '-d', 'a');
    assert.deepEqual([code, stdout], [0, '->  a: OK\n        shutdown requested\n']);
    assert.deepEqual(
      scripted.asked.map(({ node, method }) => `${node} ${method}`),
      ['a ping', 'a shutdown'],
    );
  });

  test('shutdown on a terminal asks first, naming the nodes', async () => {
    const { broker, scripted } = await nodes({ a: PING, b: PING });
    for (const [answer, status, sent] of [
      ['n', 1, 0],
      ['y', 0, 2],
    ] as const) {
      scripted.asked.length = 0;
      const terminal = new Pty(['control', 'shutdown', '-b', broker]);
      await terminal.says(/shut down 2 nodes: a, b\.[\s\S]*Are you sure\? \[y\/N\]: /);
      terminal.type(`${answer}\r`);
      assert.equal((await terminal.ended).status, status, terminal.written);
      assert.equal(scripted.asked.filter(({ method }) => method === 'shutdown').length, sent);
    }
    for (const sure of ['-y', '--yes', '-f', '--json']) {
      const terminal = new Pty(['control', 'shutdown', sure, '-b', broker]);
      assert.equal((await terminal.ended).status, 0, sure);
      assert.doesNotMatch(terminal.written, /sure/);
    }
  });

  test('a broker that is away is unavailable, in a sentence', async () => {
    const { code, stderr } = await lovage(['inspect', 'ping', '-b', 'redis://127.0.0.1:1/0']);
    assert.equal(code, 69, stderr);
    assert.match(stderr, /^Error: cannot ask workers for ping: /m);
    assert.doesNotMatch(stderr, /\n\s+at /);
  });

  const wrong: readonly (readonly [words: string, says: RegExp])[] = [
    ['inspect', /Name a command; lovage inspect --list shows them\./],
    ['inspect nosuch', /No such inspect command 'nosuch'/],
    ['inspect actve', /Did you mean active\?/],
    ['inspect revoke x', /'revoke' is a command of lovage control\./],
    ['control rate_limit shop.add', /needs 2 arguments; 1 given\.\nIts usage: rate_limit <task> <rate>/],
    ['control terminate x y', /'x' for signal/],
    ['control revoke --arguments {} x', /not both/],
    ['inspect ping -t soon', /must be a number of seconds/],
  ];
  for (const [words, says] of wrong) {
    test(`lovage ${words} is a usage error`, async () => {
      const { code, stdout, stderr } = await lovage([...words.split(' '), '-b', emptyStore()]);
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, /^Usage: lovage (inspect|control) \[options\]/);
      assert.match(stderr, says);
    });
  }

  test('help shows the commands', async () => {
    assert.match((await lovage(['inspect', '--help'])).stdout, /^query_task <id…> +\S/m);
    assert.match((await lovage(['control', '--help'])).stdout, /^terminate <signal> <id…> +\S/m);
  });
});
