import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  chainSignature as chain,
  chordSignature as chord,
  expand,
  groupSignature as group,
  InvalidTaskError,
  type SignatureDict,
  type Stamping,
  stampOptions,
  stampProblem,
  stampSignature,
  stampsOf,
  withOptions,
} from '@lovage/protocol';
import { calls, stampsIn, task } from './stamps-in.ts';

suite('two stamps of one name', () => {
  const twice = (first: Stamping, second: Stamping) =>
    stampsOf(stampSignature(stampSignature(task('a'), first), second).options);
  const k = (value: never) => ({ headers: { k: value } });
  const inChain = (append: boolean) =>
    stampsIn(
      stampSignature(chain([task('x')]), {
        append,
        visitor: { onChainStart: () => ({ k: 'chain' }), onSignature: () => ({ k: 'sig' }) },
      }),
    );

  test('the new one replaces the old one, others stay', () => {
    assert.deepEqual(twice({ headers: { k: 1, j: 1 } }, { headers: { k: 2 } }), { k: 2, j: 1 });
    assert.deepEqual(twice(k([1] as never), k([2] as never)), { k: [2] });
  });

  test('append makes a list of both, the new one first, as Celery does', () => {
    const append = (first: unknown, second: unknown) =>
      twice(k(first as never), { ...k(second as never), append: true })['k'];
    assert.deepEqual(append(1, 2), [2, 1]);
    assert.deepEqual(append([1], 2), [2, 1]);
    assert.deepEqual(append(1, [2]), [2, 1]);
    assert.deepEqual(append([1], [2]), [2, 1]);
    assert.deepEqual(append(false, true), [true, false]);
  });

  test('the nearer one counts; append makes a list of both, from the outside in', () => {
    assert.deepEqual(inChain(false), { x: { k: 'sig' } });
    assert.deepEqual(inChain(true), { x: { k: ['chain', 'sig'] } });
  });
});

suite('options handed from a whole to its tasks', () => {
  test('stamps come together, and a stamp that a task has stays', () => {
    const own = task('a', { ...stampOptions({ user: 'own', x: 1 }), queue: 'q' });
    const { options } = withOptions(own, { ...stampOptions({ user: 'u1', y: 2 }), queue: 'other', x: 5 });
    assert.deepEqual(options, {
      user: 'own',
      y: 2,
      x: 1,
      queue: 'other',
      stamped_headers: ['user', 'y', 'x'],
    });
  });

  test('those of a group or chord, as Python may send them, reach all of its tasks', () => {
    const stamps = stampOptions({ user: 'u1' });
    const own = task('b', stampOptions({ day: 1 }));
    assert.deepEqual(calls(group([task('a'), own], stamps)), {
      a: { user: 'u1' },
      b: { user: 'u1', day: 1 },
    });
    const { calls: sent } = expand(chord([task('a')], own, stamps), { newId: () => crypto.randomUUID() });
    assert.deepEqual(stampsOf((sent[0]!.options['chord'] as SignatureDict).options), { user: 'u1', day: 1 });
  });

  test('names without a value, and names that are none, mark nothing', () => {
    assert.deepEqual(stampsOf({ stamped_headers: ['a', 'b', 5, 'constructor'], a: 1 }), { a: 1 });
    assert.deepEqual(stampsOf({ stamped_headers: 'a', a: 1 }), {});
    assert.deepEqual(stampsOf({ a: 1 }), {});
  });
});

suite('what cannot be a stamp', () => {
  const refused = (headers: unknown, message: RegExp, visitor?: unknown) =>
    assert.throws(
      () => stampSignature(task('a'), { headers, visitor } as Stamping),
      (error: Error) => error instanceof InvalidTaskError && message.test(error.message),
    );

  test('the name of an option, which would be read as that', () => {
    for (const name of ['queue', 'countdown', 'task_id', 'link_error', 'stamped_headers', 'immutable']) {
      refused({ [name]: 'x' }, new RegExp(`stamp ${name} would be taken for the option`));
    }
  });

  test('the name of a field of results', () => {
    for (const name of ['status', 'result', 'worker'])
      refused({ [name]: 'x' }, /would hide what a result says/);
  });

  test('no value, no JSON value, no name', () => {
    refused({ user: undefined }, /stamp user must have a value/);
    refused({ user: () => 1 }, /stamp user/);
    refused({ user: { since: new Date(0) } }, /stamp user\.since/);
    refused({ '': 1 }, /needs a name/);
    refused({ user: 'u1', stampedHeaders: ['user', 'day'] }, /stamp day must have a value/);
    refused({ user: 'u1', stampedHeaders: ['constructor'] }, /stamp constructor must have a value/);
    refused({ user: 'u1', stampedHeaders: 'user' }, /must be a list of names/);
    refused('user', /must be a plain object/);
  });

  test('what an async visitor answers: a promise', () => {
    refused({}, /must be a plain object/, { onSignature: async () => ({ user: 'u1' }) });
  });

  test('anything else can', () => {
    for (const value of ['u1', 7, true, null, ['a', 'b'], { plan: ['x'] }]) {
      assert.equal(stampProblem('user', value), undefined);
    }
    assert.deepEqual(
      stampsIn(stampSignature(task('a'), { headers: { constructor: 1, toString: 'x' } as never })),
      {
        a: { constructor: 1, toString: 'x' },
      },
    );
  });
});
