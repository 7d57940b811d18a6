import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  bodyOf,
  chainSignature as chain,
  chordSignature as chord,
  chunksSignature,
  expand,
  expandRest,
  freeze,
  groupSignature as group,
  headerOf,
  InvalidTaskError,
  pipe,
  plainSignature,
  prepare,
  type SignatureDict,
  taskIds,
  tasksOf,
} from '@lovage/protocol';

const t = (name: string, options: Record<string, unknown> = {}) => plainSignature(name, [], { options });
const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => t(name)) as [
  SignatureDict,
  SignatureDict,
  SignatureDict,
  SignatureDict,
];

/** A workflow in few letters: `a > [b c] > d` is a chain, a group and what follows it as a chord's body. */
function drawn(signature: SignatureDict): string {
  switch (signature.subtask_type) {
    case 'chain':
      return `(${tasksOf(signature).map(drawn).join(' > ')})`;
    case 'group':
      return `[${tasksOf(signature).map(drawn).join(' ')}]`;
    case 'chord':
      return `${drawn(headerOf(signature))}=${drawn(bodyOf(signature))}`;
    default:
      return signature.task.replace('celery.', '');
  }
}

let count = 0;
const freezing = {
  newId: () => {
    count += 1;
    return `id-${count}`;
  },
};
const sent = (signature: SignatureDict, more = {}) => expand(signature, { ...freezing, ...more });

suite('what a workflow is prepared to', () => {
  const rules: readonly (readonly [string, SignatureDict, string])[] = [
    ['a chain of one is its task', chain([a]), 'a'],
    ['chains within chains are flattened', chain([a, chain([b, chain([c])]), d]), '(a > b > c > d)'],
    ['a group and what follows it are a chord', chain([group([a, b]), c]), '[a b]=c'],
    ['in the middle too', chain([a, group([b, c]), d]), '(a > [b c]=d)'],
    ['all that follows a group is its body', chain([group([a, b]), c, d]), '[a b]=(c > d)'],
    ['what follows a chord belongs to its body', chain([chord([a], b), c]), '[a]=(b > c)'],
    ['a group after a chord', chain([chord([a], b), group([c, d])]), '[a]=(b > [c d])'],
    ['two chords in a chain', chain([a, chord([b], c), chord([d], a)]), '(a > [b]=(c > [d]=a))'],
    ['a group after a group', chain([group([a, b]), group([c, d])]), '[a b]=[c d]'],
    ['three groups and a task', chain([group([a]), group([b]), group([c]), d]), '[a]=[b]=[c]=d'],
    ['a chord after a group', chain([group([a]), chord([b], c)]), '[a]=[b]=c'],
    [
      'groups within groups are flattened in order',
      group([group([a, b]), group([group([c])]), d]),
      '[a b c d]',
    ],
    ['chains in a group stay', group([chain([a, b]), c]), '[(a > b) c]'],
    [
      'a header part that ends in a group is gathered',
      chord([chain([a, group([b, c])]), d], a),
      '[(a > [b c]=accumulate) d]=a',
    ],
    [
      'a group of chains that end in groups',
      chain([group([chain([a, group([b])])]), c]),
      '[(a > [b]=accumulate)]=c',
    ],
    ['a chord in a header', chord([chord([a], b), c], d), '[[a]=b c]=d'],
    ['chunks are a group', chunksSignature(a, [[1], [2], [3]], 2), '[starmap starmap]'],
    ['chunks in a chain', chain([chunksSignature(a, [[1], [2]], 1), b]), '[starmap starmap]=b'],
    ['a group of none before a task', chain([a, group([]), b]), '(a > []=b)'],
  ];
  for (const [name, signature, expected] of rules) {
    test(name, () => {
      const prepared = prepare(signature);
      assert.equal(drawn(prepared), expected);
      assert.deepEqual(prepare(prepared), prepared, 'preparing it again changes nothing');
    });
  }

  test('a chain without steps is refused', () => {
    assert.throws(() => prepare(chain([])), InvalidTaskError);
  });

  test('what is no signature is refused, with its place', () => {
    const bad = { ...chain([a]), kwargs: { tasks: [a, 5] } };
    assert.throws(() => prepare(bad), /chain\.tasks\[1\] is no signature/);
    assert.throws(() => prepare({ ...chain([a]), kwargs: {} }), /kwargs\.tasks/);
    const chunks = { ...chunksSignature(a, [], 1), kwargs: { task: a, it: [], n: 0 } };
    assert.throws(() => prepare(chunks), /whole number 'n' from 1/);
  });
});

test('pipe writes what the rules say', () => {
  const cases: readonly (readonly [SignatureDict, string])[] = [
    [pipe(a, b), '(a > b)'],
    [pipe(pipe(a, b), c), '(a > b > c)'],
    [pipe(a, pipe(b, c)), '(a > b > c)'],
    [pipe(group([a, b]), c), '[a b]=c'],
    [pipe(pipe(a, group([b, c])), d), '(a > [b c]=d)'],
    [pipe(chord([a], b), c), '[a]=(b > c)'],
    [pipe(pipe(a, chord([b], c)), group([d])), '(a > [b]=(c > [d]))'],
    [pipe(group([a]), group([b])), '[a]=[b]'],
  ];
  for (const [signature, expected] of cases) assert.equal(drawn(signature), expected);
});

suite('what is sent', () => {
  test('arguments go to the first tasks only, and not to immutable ones', () => {
    const still: SignatureDict = { ...b, args: [9], immutable: true };
    const { calls } = sent(chain([group([a, still, chain([c, d])]), d]), { args: [1] });
    assert.deepEqual(
      calls.map(({ task, args }) => [task, args]),
      [
        ['a', [1]],
        ['b', [9]],
        ['c', [1]],
      ],
    );
  });

  test('arguments that a whole was given are handed on', () => {
    const { calls } = sent({ ...chain([{ ...a, args: [3] }, b]), args: [2] }, { args: [1] });
    assert.deepEqual(calls[0]?.args, [1, 2, 3]);
  });

  test('root and parent are those of the task that applies it', () => {
    const { calls } = sent(group([a, b]), { rootId: 'r', parentId: 'p' });
    for (const { options } of calls) assert.deepEqual([options['root_id'], options['parent_id']], ['r', 'p']);
  });

  test('a chord is opened for as many parts as will arrive', () => {
    const parts = [a, chain([b, group([c, c, c])]), chord([d, d], d)];
    const { calls, chords, result } = sent(chord(parts, t('end')));
    assert.deepEqual(
      chords.map(({ members }) => members.length),
      [3, 2],
    );
    assert.deepEqual(
      calls.map(({ task }) => task),
      ['a', 'b', 'd', 'd'],
    );
    const outer = chords[0]!.id;
    const inner = calls[2]!.options['chord'] as SignatureDict;
    assert.equal((inner.options['chord'] as SignatureDict).task, 'end');
    assert.deepEqual([inner.options['group_id'], inner.options['group_index']], [outer, 2]);
    assert.equal(result[0][0], (calls[0]!.options['chord'] as SignatureDict).options['task_id']);
  });

  test('an empty header sends the body at once', () => {
    const { calls, chords } = sent(chord([], c));
    assert.deepEqual([chords, calls.map(({ task, args }) => [task, args])], [[], [['c', [[]]]]]);
  });

  test('an empty group sends nothing and has a result all the same', () => {
    const { calls, result } = sent(group([]));
    assert.deepEqual([calls, result[1]], [[], []]);
  });

  test('ids that are there stay, so that what is applied twice is the same', () => {
    const once = sent(chord([a, chain([b, c])], d));
    const again = sent(chord([a, chain([b, c])], d), { newId: () => 'new' });
    assert.notDeepEqual(once, again);
    const body = once.calls[0]!.options['chord'] as SignatureDict;
    assert.deepEqual(taskIds(body).length, 1);
    assert.deepEqual(sent(body).calls[0]!.options['task_id'], body.options['task_id']);
  });

  test('a header keeps the id that it was frozen with, so that sending it twice counts once', () => {
    const whole = freeze(chain([a, group([b, c]), d]), freezing);
    const [, waiting] = tasksOf(whole) as [SignatureDict, SignatureDict];
    const again = sent(waiting, { newId: () => 'new' });
    assert.deepEqual(
      again.chords.map(({ id, members }) => [id, members.length]),
      [[waiting.options['task_id'], 2]],
    );
    assert.ok(!JSON.stringify(again).includes('new'));
  });

  test('options of a whole: time only for what is sent now, the rest for the body too', () => {
    const { calls } = sent({ ...chord([a], b), options: { countdown: 5, queue: 'slow' } });
    const { chord: body, countdown, queue } = calls[0]!.options;
    assert.deepEqual([countdown, queue], [5, 'slow']);
    const { countdown: later, queue: same } = (body as SignatureDict).options;
    assert.deepEqual([later, same], [undefined, 'slow']);
  });

  test('the id that a chain is given is that of its end', () => {
    const { calls, result } = sent({ ...chain([a, chord([b], c)]), options: { task_id: 'mine' } });
    assert.equal(result[0][0], 'mine');
    assert.notEqual(calls[0]!.options['task_id'], 'mine');
  });

  test('the rest of a chain: a plain step takes what follows as it is, a group becomes a chord', () => {
    const plain = expandRest([c, b, a], freezing);
    assert.deepEqual(plain.calls[0]!.options['chain'], [c, b]);
    const { calls, chords } = expandRest([c, group([a, b])], freezing);
    assert.deepEqual([calls.length, chords.length], [2, 1]);
    assert.equal((calls[0]!.options['chord'] as SignatureDict).task, 'c');
    assert.equal(expandRest([c, chunksSignature(a, [[1], [2]], 1)], freezing).calls.length, 2);
  });
});

test('a message grows with the number of chords in its chain, not with its square or worse', () => {
  const bytes = (chords: number): number => {
    const steps = Array.from({ length: chords }, () => chord([a, b, c], d));
    const { calls } = sent(chain([t('first'), ...steps]), { newId: () => crypto.randomUUID() });
    return JSON.stringify(calls).length;
  };
  const [ten, twenty, forty] = [bytes(10), bytes(20), bytes(40)];
  assert.ok(twenty < ten * 2.1 && forty < ten * 4.2, `${ten}, ${twenty}, ${forty} bytes`);
});
