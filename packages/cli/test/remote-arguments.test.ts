import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { compileArguments } from '../src/control/compile.ts';
import { builtIn, type Kind, knownCommands, unknownCommand } from '../src/control/find-command.ts';
import { usageOf } from '../src/control/remote-command.ts';

function compile(kind: Kind, line: string): unknown {
  const [name = '', ...words] = line.split(' ');
  const command = builtIn(kind, name);
  assert.ok(command, name);
  return compileArguments(command, words);
}

suite('arguments of remote commands', () => {
  // The names and types are those of Celery's workers (wire spec 8.2, 8.4).
  const rightOnes: readonly (readonly [Kind, line: string, compiled: unknown])[] = [
    ['inspect', 'ping', {}],
    ['inspect', 'conf yes', { with_defaults: true }],
    ['inspect', 'query_task a b', { ids: ['a', 'b'] }],
    ['inspect', 'registered', { taskinfoitems: [] }],
    ['inspect', 'registered rate_limit', { taskinfoitems: ['rate_limit'] }],
    ['inspect', 'objgraph Request 10', { type: 'Request', num: 10 }],
    ['inspect', 'memdump 3', { samples: 3 }],
    ['control', 'rate_limit shop.add 10/m', { task_name: 'shop.add', rate_limit: '10/m' }],
    ['control', 'rate_limit shop.add 0', { task_name: 'shop.add', rate_limit: '0' }],
    ['control', 'time_limit shop.add 1.5', { task_name: 'shop.add', soft: 1.5 }],
    ['control', 'time_limit shop.add 1 2', { task_name: 'shop.add', soft: 1, hard: 2 }],
    ['control', 'revoke a b', { task_id: ['a', 'b'] }],
    ['control', 'terminate kill a', { signal: 'SIGKILL', task_id: ['a'] }],
    ['control', 'revoke_by_stamped_headers a=1 b=2', { headers: ['a=1', 'b=2'] }],
    ['control', 'add_consumer q', { queue: 'q' }],
    [
      'control',
      'add_consumer q e topic k',
      { queue: 'q', exchange: 'e', exchange_type: 'topic', routing_key: 'k' },
    ],
    ['control', 'cancel_consumer q', { queue: 'q' }],
    ['control', 'pool_grow', {}],
    ['control', 'pool_shrink 2', { n: 2 }],
    ['control', 'autoscale 10 3', { max: 10, min: 3 }],
    ['control', 'election e task {"task":"x"}', { id: 'e', topic: 'task', action: { task: 'x' } }],
  ];
  for (const [kind, line, compiled] of rightOnes) {
    test(`${kind} ${line}`, () => {
      assert.deepEqual(compile(kind, line), compiled);
    });
  }

  const wrongOnes: readonly (readonly [Kind, line: string, says: RegExp])[] = [
    ['inspect', 'ping now', /^'ping' takes no arguments; 1 given\.\nIts usage: ping$/],
    ['inspect', 'query_task', /needs 1 argument; 0 given\.\nIts usage: query_task <id…>$/],
    ['inspect', 'conf maybe', /'maybe' for defaults=no: it must be yes or no/],
    ['control', 'rate_limit shop.add', /needs 2 arguments; 1 given\.\nIts usage: rate_limit <task> <rate>$/],
    ['control', 'rate_limit shop.add 10/y', /'10\/y' for rate: .* such as 10\/s, 5\/m or 100\/h/],
    ['control', 'rate_limit a 1/s c', /takes 2 arguments at most; 3 given/],
    ['control', 'time_limit shop.add soon', /'soon' for soft: it must be a number of seconds/],
    ['control', 'pool_grow abc', /'abc' for n=1: it must be a whole number from 1/],
    ['control', 'pool_shrink 0', /'0' for n=1: it must be a whole number from 1/],
    ['control', 'autoscale many', /'many' for max: it must be a whole number/],
    ['control', 'terminate SIGTERM', /needs 2 arguments; 1 given/],
    ['control', 'terminate 6b1a 6b1b', /'6b1a' for signal: it must be the name of a signal/],
    ['control', 'revoke', /needs 1 argument; 0 given/],
    ['control', 'revoke_by_stamped_headers acme', /'acme' for stamp=value: .*tenant=acme/],
    ['control', 'election a b {', /'\{' for json action: it must be JSON/],
  ];
  for (const [kind, line, says] of wrongOnes) {
    test(`${kind} ${line} is refused`, () => {
      assert.throws(() => compile(kind, line), { name: 'UsageError', message: says });
    });
  }

  test("a command of the app's own stands beside Celery's, and takes what it declares", () => {
    const run = (): void => {};
    const own = [
      {
        name: 'flush',
        kind: 'control',
        run,
        help: 'empties a cache',
        args: [{ name: 'cache' }, { name: 'share', type: 'number' }, { name: 'hard', type: 'boolean' }],
        variadic: 'keys',
        timeout: 5,
      },
      { name: 'peek', kind: 'inspect', run },
    ] as const;
    const known = knownCommands('control', own);
    assert.deepEqual(
      known.map((each) => each.name),
      [...known.map((each) => each.name)].sort(),
    );
    assert.ok(!known.some((each) => each.name === 'peek'));
    const flush = known.find((each) => each.name === 'flush');
    assert.ok(flush);
    assert.equal(flush.timeout, 5);
    assert.equal(usageOf(flush), 'flush [cache] [share] [hard] [keys…]');
    assert.deepEqual(compileArguments(flush, ['main', '0.5', 'yes', 'a', 'b']), {
      cache: 'main',
      share: 0.5,
      hard: true,
      keys: ['a', 'b'],
    });
  });

  test('an unknown command is told what may have been meant', () => {
    const known = knownCommands('inspect', []);
    assert.match(
      unknownCommand('inspect', 'actve', known).message,
      /No such inspect command 'actve'\. Did you mean active\?/,
    );
    assert.match(
      unknownCommand('inspect', 'revoke', known).message,
      /'revoke' is a command of lovage control/,
    );
    assert.match(unknownCommand('inspect', 'xyzzy', known).message, /sent with --arguments/);
  });
});
