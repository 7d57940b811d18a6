import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { poolName } from '../src/control/pool-name.ts';
import { answerText } from '../src/control/show-answer.ts';
import { callText } from '../src/inspect/call-text.ts';
import { showOf } from '../src/inspect/show.ts';

const NOW = Date.parse('2026-11-21T14:22:00Z');

/** What is shown below the headline, without its indentation. */
function shown(command: string, answer: unknown): readonly string[] {
  const [, ...lines] = answerText('celery@web1', answer, showOf(command), NOW).split('\n');
  return lines.map((line) => line.slice(4));
}

// Answers as Celery 5.2 and 5.6 give them (wire spec 8.2, 8.3).
const info = (id: string, more = {}) => ({
  ...{ id, name: 'py.sleep', args: [6], kwargs: {}, type: 'py.sleep', hostname: 'py@vm', time_start: null },
  ...{
    acknowledged: true,
    delivery_info: { exchange: '', routing_key: 'mail', priority: 0 },
    worker_pid: null,
  },
  ...more,
});

suite('answers to inspect', () => {
  test('active: the longest running first', () => {
    const answer = [
      info('a', { time_start: NOW / 1000 - 5, worker_pid: 12 }),
      info('b', { time_start: NOW / 1000 - 3700, worker_pid: 11, kwargs: { n: 1 } }),
    ];
    assert.deepEqual(shown('active', answer), [
      'Id  Name      Arguments  Started     Pid',
      '────────────────────────────────────────',
      'b   py.sleep  (6, n=1)   1h 01m ago  11',
      'a   py.sleep  (6)        5.0s ago    12',
    ]);
  });

  test('reserved and scheduled: what waits, the soonest first', () => {
    assert.deepEqual(shown('reserved', [info('a')]).at(-1), 'a   py.sleep  (6)        mail');
    const answer = [
      { eta: '2026-11-21T15:22:00+00:00', priority: 6, request: info('late') },
      { eta: '2026-11-21T14:21:58+00:00', priority: 6, request: info('soon') },
    ];
    assert.deepEqual(
      shown('scheduled', answer)
        .slice(2)
        .map((line) => line.split(/ {2,}/)),
      [
        ['2.0s ago', '2026-11-21T14:21:58+00:00', 'soon', 'py.sleep', '(6)'],
        ['in 1h 00m', '2026-11-21T15:22:00+00:00', 'late', 'py.sleep', '(6)'],
      ],
    );
  });

  test('query_task: where each is', () => {
    const answer = {
      a: ['active', info('a', { time_start: NOW / 1000 - 1, worker_pid: 9 })],
      b: ['ready', info('b')],
    };
    assert.deepEqual(
      shown('query_task', answer)
        .slice(2)
        .map((line) => line.split(/ {2,}/)),
      [
        ['a', 'active', 'py.sleep', '(6)', '1.0s ago', '9'],
        ['b', 'ready', 'py.sleep', '(6)', '–', '–'],
      ],
    );
  });

  test('stats: in groups, without what has no value', () => {
    const answer = {
      total: { 'py.add': 2 },
      broker: {
        hostname: 'localhost',
        userid: null,
        transport_options: { visibility_timeout: 3600 },
        alternates: [],
      },
      pool: { 'max-concurrency': 2, processes: [8, 9], writes: { total: 3, inqueues: { active: 0 } } },
      rusage: { utime: 0.1234567 },
      clock: '22',
      uptime: 4000,
      pid: 7,
    };
    assert.deepEqual(shown('stats', answer), [
      ...['worker', '  pid     7', '  uptime  1h 06m', '  clock   22'],
      ...['tasks received', '  py.add  2'],
      ...['broker', '  hostname                              localhost'],
      '  transport_options.visibility_timeout  3600',
      ...['pool', '  max-concurrency         2', '  processes               8, 9'],
      ...['  writes.total            3', '  writes.inqueues.active  0'],
      ...['rusage', '  utime  0.123'],
    ]);
  });

  test('lists, sentences, errors and nothing, in the form of Celery', () => {
    assert.deepEqual(shown('registered', ['a', 'b']), ['* a', '* b']);
    assert.deepEqual(shown('active', []), ['- empty -']);
    assert.deepEqual(shown('query_task', {}), ['- empty -']);
    assert.deepEqual(shown('memsample', null), ['- none -']);
    assert.deepEqual(shown('ping', { ok: 'pong' }), ['    pong']);
    assert.equal(
      answerText('py@vm', { error: "KeyError('x')" }, showOf('ping'), NOW),
      "->  py@vm: ERROR\n        KeyError('x')",
    );
  });

  test('arguments are shown as a call, whether values or texts', () => {
    const calls: readonly (readonly [args: unknown, kwargs: unknown, text: string])[] = [
      [[2, 'x', null], {}, "(2, 'x', None)"],
      [[], { retries: 1, ok: true }, '(retries=1, ok=True)'],
      ['(2, 3)', '{}', '(2, 3)'],
      ['(2,)', "{'a': 1}", "(2, {'a': 1})"],
      ['[1, 2]', '{}', '(1, 2)'],
      ['()', '{}', '()'],
      [undefined, undefined, '()'],
      [[1], { password: 'hunter2', api_key: 'x' }, "(1, password='**', api_key='**')"],
    ];
    for (const [args, kwargs, text] of calls) assert.equal(callText(args, kwargs), text);
  });

  test('the kind of a pool, named or not', () => {
    const kinds: readonly (readonly [pool: unknown, name: string | undefined])[] = [
      [{ implementation: 'celery.concurrency.prefork:TaskPool' }, 'prefork'],
      [{ implementation: 'async' }, 'async'],
      [{ 'max-concurrency': 2, writes: {}, processes: [1, 2] }, 'prefork'],
      [{ 'max-concurrency': 2, threads: 1 }, 'threads'],
      [{ 'max-concurrency': 1, processes: [1] }, 'solo'],
      [{ 'max-concurrency': 9, 'free-threads': 8 }, 'green threads'],
      [{}, undefined],
      ['prefork', undefined],
    ];
    for (const [pool, name] of kinds) assert.equal(poolName(pool), name);
  });
});
