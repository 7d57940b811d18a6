import assert from 'node:assert/strict';
import { test } from 'node:test';
import { prioritiesTurned, type SignatureDict } from '@lovage/protocol';

const task = (options: SignatureDict['options'], kwargs: SignatureDict['kwargs'] = {}): SignatureDict => ({
  ...{ task: 't', args: [], kwargs, options, subtask_type: null, immutable: false },
});
const whole = (
  shape: string,
  kwargs: SignatureDict['kwargs'],
  options: SignatureDict['options'] = {},
): SignatureDict => ({ ...task(options, kwargs), subtask_type: shape });

const none = { callbacks: null, errbacks: null, chain: null, chord: null };

test('priorities are turned around wherever a call is named, and nothing else', () => {
  const of = (n: number) => task({ priority: n, queue: 'q' });
  const build = (turn: (n: number) => number) => ({
    callbacks: [of(turn(1)), task({ link: [of(turn(2))], link_error: of(turn(3)) })],
    errbacks: [task({ chain: [of(turn(4))], chord: of(turn(5)) })],
    chain: [whole('chain', { tasks: [of(turn(0)), whole('group', { tasks: [of(turn(9))] })] })],
    chord: whole(
      'chord',
      { header: whole('group', { tasks: [of(turn(6))] }), body: of(turn(7)), kwargs: {} },
      { priority: turn(8) },
    ),
  });
  const ours = build((n) => n);
  assert.deepEqual(
    prioritiesTurned(ours),
    build((n) => 9 - n),
  );
  assert.deepEqual(prioritiesTurned(prioritiesTurned(ours)), ours);
});

test('what is no priority of a call stays as it is', () => {
  const looks = { priority: 3, task: 'x', options: { priority: 3 } };
  const embed = {
    ...none,
    callbacks: [task({ priority: null }, { body: looks, tasks: [looks], priority: 1 })],
  };
  assert.deepEqual(prioritiesTurned(embed), embed);
  assert.equal(prioritiesTurned(none), none);
});

test('signatures as short as Celery takes them are turned too', () => {
  const short = { task: 't', options: { priority: 2 } };
  const header = whole('chord', { header: [short], body: { task: 'b' } });
  const [turned] = prioritiesTurned({ ...none, chain: [header] }).chain!;
  assert.deepEqual(turned!.kwargs, {
    header: [{ task: 't', options: { priority: 7 } }],
    body: { task: 'b' },
  });
});
