import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { suite, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import type { EventDocument } from '@lovage/protocol';
import { emptyStore, fixture, lovage, start } from './lovage.ts';
import { Pty } from './pty.ts';
import { event, ScriptedNodes } from './scripted-node.ts';

const HOSTILE = '\u001b[2J\u001b]0;owned\u0007\nbad\u009b1m\u202e';
const ENTER_SCREEN = '\u001b[?1049h';
const LEAVE_SCREEN = '\u001b[?1049l';

const received = (uuid: string, name: string, more = {}): EventDocument =>
  event('task-received', { uuid, name, args: '(2, 3)', kwargs: '{}', eta: null, ...more });

/** A screen or dump that listens, and nodes that tell it things. */
async function listening<T extends { says(pattern: RegExp): Promise<void> }>(
  start: (broker: string) => T,
  hears: RegExp,
): Promise<{ nodes: ScriptedNodes; watching: T }> {
  const broker = emptyStore();
  const ok = { ok: 'done' };
  const nodes = await ScriptedNodes.start(broker, {
    'celery@web1': { revoke: ok, enable_events: { ok: 'now on' } },
  });
  const watching = start(broker);
  await watching.says(hears);
  return { nodes, watching };
}

const watch = (broker: string) => new Pty(['events', '-F', '0.1', '-b', broker]);

suite('lovage events: lines', { concurrency: 2 }, () => {
  const dump =
    (...more: string[]) =>
    (broker: string) =>
      start(['events', ...more, '-b', broker]);

  test('--dump prints events in the form of Celery, each on one line', async () => {
    const { nodes, watching } = await listening(dump('--dump'), /^-> evdump: starting capture\.\.\.$/m);
    const at = { timestamp: 1795270926.716406 };
    const common = { hostname: 'py@vm', utcoffset: 0, pid: 9, clock: 7 };
    await nodes.tell({
      ...common,
      ...at,
      type: 'worker-heartbeat',
      freq: 2,
      loadavg: [0.5, 1, 2],
      sw_ident: 'x',
    });
    await nodes.tell(
      {
        ...common,
        ...at,
        type: 'task-received',
        uuid: 'u',
        name: 'py.add',
        args: '[1, 2]',
        kwargs: '{}',
        eta: null,
      },
      { ...common, ...at, type: 'task-failed', uuid: 'u', exception: "ValueError('x')", traceback: 'a\nb' },
      { ...common, ...at, type: 'task-succeeded', uuid: 'unseen', result: '3', runtime: 0.00001 },
      { ...common, ...at, type: 'order-paid', order: { id: 7 } },
    );
    await watching.says(/order paid/);
    watching.process.kill('SIGTERM');
    const { code, stdout } = await watching.ended;
    assert.equal(code, 0);
    const lines = stdout
      .trim()
      .replace(/local_received=[\d.]+, /g, '')
      .split('\n')
      .slice(1);
    assert.deepEqual(lines, [
      'py@vm [2026-11-21 14:22:06.716406] heartbeat: clock=7, freq=2, loadavg=[0.5, 1, 2], pid=9, sw_ident=x, utcoffset=0',
      'py@vm [2026-11-21 14:22:06.716406] task received: py.add(u) args=[1, 2] kwargs={} clock=7, eta=None, pid=9, utcoffset=0',
      "py@vm [2026-11-21 14:22:06.716406] task failed: py.add(u) args=[1, 2] kwargs={} clock=7, exception=ValueError('x'), pid=9, traceback=a\\nb, utcoffset=0",
      'py@vm [2026-11-21 14:22:06.716406] task succeeded: (unseen) clock=7, pid=9, result=3, runtime=1e-05, utcoffset=0',
      "py@vm [2026-11-21 14:22:06.716406] order paid: clock=7, order={'id': 7}, pid=9, utcoffset=0",
    ]);
  });

  test('--json prints one object a line and nothing else, and INT ends it well', async () => {
    const { nodes, watching } = await listening(
      (broker) => start(['events', '--json', '-b', broker]),
      // It says nothing itself: told until it has heard.
      /(?:)/,
    );
    const told = event('order-paid', { order: 7, store: 'redis://ada:hunter2@localhost/0', text: HOSTILE });
    let heard = false;
    const saying = watching.says(/order-paid/).then(() => {
      heard = true;
    });
    while (!heard) {
      await nodes.tell(told);
      await Promise.race([saying, new Promise((resolve) => setTimeout(resolve, 50))]);
    }
    watching.process.kill('SIGINT');
    const { code, stdout, stderr } = await watching.ended;
    assert.deepEqual([code, stderr], [0, '']);
    for (const line of stdout.trim().split('\n')) {
      assert.doesNotMatch(line, /\p{Cc}/u);
      const { local_received: at, ...rest } = JSON.parse(line) as Record<string, unknown>;
      assert.equal(typeof at, 'number');
      assert.deepEqual(rest, { ...told, store: 'redis://ada:**@localhost/0' });
    }
  });

  test('what an event says cannot steer the terminal, forge a line or show a password', async () => {
    const { nodes, watching } = await listening(dump('-d'), /starting capture/);
    const url = 'redis://ada:hunter2@localhost/0';
    await nodes.tell(
      { ...received(HOSTILE, HOSTILE, { args: url, [HOSTILE]: HOSTILE }), hostname: HOSTILE },
      event('task-failed', { uuid: 'u', exception: HOSTILE, traceback: `${HOSTILE}\n${url}` }),
      event(`custom-${HOSTILE}`),
      event('the-end'),
    );
    await watching.says(/the end/);
    watching.process.kill('SIGTERM');
    const { stdout } = await watching.ended;
    assert.doesNotMatch(stdout.replaceAll('\n', ''), /[\p{Cc}\u202e]/u);
    assert.doesNotMatch(stdout, /hunter2/);
    assert.equal(stdout.trim().split('\n').length, 5);
  });

  const wrong: readonly (readonly [words: string, says: RegExp])[] = [
    ['events', /The live screen needs a terminal\. Without one, --dump prints an event a line/],
    ['events -c some.Camera', /lovage events has no --camera: .*--json/],
    ['events --dump -r 10/m', /lovage events has no --maxrate/],
    ['events --dump --pidfile x', /lovage events has no --pidfile/],
    ['events --dump -F 2', /--frequency is for the screen/],
  ];
  for (const [words, says] of wrong) {
    test(`lovage ${words} is a usage error`, async () => {
      const { code, stdout, stderr } = await lovage([...words.split(' '), '-b', emptyStore()]);
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, says);
    });
  }
});

suite('lovage events: the live screen', { concurrency: 2 }, () => {
  test('shows tasks and workers as they change, finds and opens them', async () => {
    const { nodes, watching } = await listening(watch, /Waiting for workers/);
    await nodes.tell(
      event('worker-online', { freq: 60, active: 0, processed: 5, loadavg: [0.5, 0.25, 0.1] }),
    );
    await watching.shows(/1 worker online/);
    await watching.shows(/No task has been heard of yet/);
    await nodes.tell(received('aaaaaaaa-1', 'shop.mail'), received('bbbbbbbb-2', 'video.cut'));
    await watching.shows(/ bbbbbbbb RECEIVED {2}video\.cut +celery@web1/);
    await nodes.tell(
      event('task-started', { uuid: 'aaaaaaaa-1' }),
      event('task-failed', { uuid: 'aaaaaaaa-1', exception: "Oops('x')", traceback: 'first\nOops: x' }),
    );
    await watching.shows(/ aaaaaaaa FAILURE +shop\.mail/);
    await watching.shows(/RECEIVED 1 {2}FAILURE 1/);
    assert.equal(watching.screen.length, 24);

    watching.type('/mail\r');
    await watching.shows(/Only names with "mail"/);
    assert.ok(!watching.screen.some((line) => line.includes('video.cut')));
    watching.type('\r');
    await watching.shows(/^ args +\(2, 3\)$/);
    await watching.shows(/^ exception +Oops\('x'\)$/);
    await watching.shows(/^ traceback +first$/);
    await watching.shows(/^ +Oops: x$/);
    watching.type('w');
    await watching.shows(/^celery@web1 +online +0 +5 +0\.50 0\.25 0\.10/);

    watching.resize(12, 100);
    await watching.hasRows(12);
    watching.type('q');
    assert.deepEqual(await watching.ended, { status: 0, restored: true });
    assertLeft(watching);
  });

  test('revokes at once, terminates after a question, and tells what was answered', async () => {
    const { nodes, watching } = await listening(watch, /Waiting for workers/);
    await nodes.tell(event('worker-online', { freq: 60 }));
    await nodes.tell(received('aaaaaaaa-1', 'shop.mail'));
    await watching.shows(/ aaaaaaaa RECEIVED/);
    watching.type('r');
    await watching.shows(/^celery@web1: done$/);
    watching.type('t');
    await watching.shows(/^Terminate shop\.mail \(aaaaaaaa-1\) with SIGTERM\?$/);
    watching.type('n');
    await watching.shows(/^Not terminated\.$/);
    watching.type('ty');
    await watching.shows(/^celery@web1: done$/);
    const revokes = nodes.asked.filter(({ method }) => method === 'revoke');
    assert.deepEqual(
      revokes.map((each) => [each.arguments['task_id'], each.arguments['terminate']]),
      [
        ['aaaaaaaa-1', false],
        ['aaaaaaaa-1', true],
      ],
    );
    watching.type('e');
    await watching.shows(/^celery@web1: now on$/);
    watching.type('c');
    await watching.shows(/No task has been heard of yet/);
    assert.match(watching.screen[0] ?? '', /1 worker online/);
    watching.type('\u0003');
    assert.deepEqual(await watching.ended, { status: 0, restored: true });
    assertLeft(watching);
  });

  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    test(`gives the terminal back on ${name}`, async () => {
      const { watching } = await listening(watch, /Waiting for workers/);
      watching.signal(constants.signals[name]);
      assert.deepEqual(await watching.ended, { status: 0, restored: true });
      assertLeft(watching);
    });
  }

  test('gives the terminal back when something breaks, and then says what', async () => {
    const { watching } = await listening(
      (broker) => new Pty(['events', '-b', broker, '-A', fixture('breaks-on-signal.ts')]),
      /Waiting for workers/,
    );
    watching.signal(constants.signals.SIGUSR2);
    assert.deepEqual(await watching.ended, { status: 1, restored: true });
    const [, after = ''] = watching.written.split(LEAVE_SCREEN);
    assert.match(after, /Error: the fixture breaks/);
  });

  test('hostile events change nothing but their own cells', async () => {
    const { nodes, watching } = await listening(watch, /Waiting for workers/);
    await nodes.tell(
      { ...received(HOSTILE, HOSTILE, { args: HOSTILE }), hostname: HOSTILE },
      event('task-failed', { uuid: HOSTILE, exception: HOSTILE, traceback: HOSTILE }),
      { ...event('worker-online', { freq: 60 }), hostname: HOSTILE },
      event(`task-${HOSTILE}`, { uuid: 'odd' }),
      event('task-received', { uuid: 'good-one', name: 'the.end' }),
    );
    await watching.shows(/ good-one RECEIVED +the\.end/);
    for (const keys of ['w', '\r', 'G\r']) {
      watching.type(keys);
      await watching.shows(/bad/);
    }
    watching.type('q');
    await watching.ended;
    assert.ok(!watching.written.includes('\u001b[2J'));
    for (const part of ['owned\u0007', '\u009b', '\u202e']) assert.ok(!watching.written.includes(part));
  });

  test('a broker that is away is said in the shell, not on the screen', async () => {
    const watching = new Pty(['events', '-b', 'redis://127.0.0.1:1/0']);
    assert.deepEqual(await watching.ended, { status: 69, restored: true });
    assert.ok(!watching.written.includes(ENTER_SCREEN));
    assert.match(stripVTControlCharacters(watching.written), /^Error: cannot listen to events: /);
  });

  /** The other screen was entered once and left once, and nothing came after. */
  function assertLeft({ written }: Pty): void {
    assert.equal(written.split(ENTER_SCREEN).length, 2);
    assert.ok(written.endsWith(LEAVE_SCREEN), JSON.stringify(written.slice(-80)));
  }
});
