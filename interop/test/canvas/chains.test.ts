/** One after the other: chains in all forms, with what their steps are given. */
import { matrix } from '../../canvas/matrix.ts';
import { chain, chord, group } from '../../canvas/recipe.ts';

matrix('chains of two languages', {
  'a chain': {
    flow: (x, y) => chain(x('add', 1, 2), y('add', 10), x('add', 100)),
    gives: 113,
    runs: { add: 3 },
  },
  'a chain of one': {
    flow: (x) => chain(x('add', 1, 2)),
    gives: 3,
    runs: { add: 1 },
  },
  'a task alone': {
    flow: (x) => x('add', 1, 2),
    gives: 3,
    runs: { add: 1 },
  },
  'a chain by pipes': {
    flow: (x, y) => x('add', 1, 2).pipe(y('add', 10)).pipe(x('add', 100)).pipe(y('add', 1000)),
    gives: 1113,
    runs: { add: 4 },
  },
  'chains in a chain': {
    flow: (x, y) =>
      chain(
        chain(x('add', 1, 2), y('add', 10)),
        chain(x('add', 100), chain(y('add', 1000), x('add', 10_000))),
        y('add', 100_000),
      ),
    gives: 111_113,
    runs: { add: 6 },
  },
  'a chain piped into a chain': {
    flow: (x, y) => chain(x('add', 1, 2), y('add', 10)).pipe(chain(y('add', 100), x('add', 1000))),
    gives: 1113,
    runs: { add: 4 },
  },
  'arguments of the call': {
    flow: (x, y) => chain(x('echo', 3), y('echo')).called([1, 2]),
    gives: { args: [{ args: [1, 2, 3], kwargs: {} }], kwargs: {} },
    runs: { echo: 2 },
  },
  'a partial signature, called with the rest': {
    flow: (x) => x.with({ k: 1 }, 'echo', 3).partial([2], { l: 2 }).called([1], {}, { k: 9 }),
    gives: { args: [1, 2, 3], kwargs: { k: 9, l: 2 } },
    runs: { echo: 1 },
  },
  'keyword arguments of steps': {
    flow: (x, y) => chain(x.with({ k: 'é' }, 'echo', 1), y.with({ k: 2, deep: { l: [null] } }, 'echo', 3)),
    gives: { args: [{ args: [1], kwargs: { k: 'é' } }, 3], kwargs: { k: 2, deep: { l: [null] } } },
    runs: { echo: 2 },
  },
  'immutable steps': {
    flow: (x, y) => chain(x('add', 1, 2), y.si('echo', 'own'), x('echo')),
    gives: { args: [{ args: ['own'], kwargs: {} }], kwargs: {} },
    runs: { add: 1, echo: 2 },
  },
  'an immutable first step, called with arguments': {
    flow: (x, y) => chain(x.si('echo', 'own'), y('echo')).called([1, 2]),
    gives: { args: [{ args: ['own'], kwargs: {} }], kwargs: {} },
    runs: { echo: 2 },
  },
  'values of all kinds': {
    flow: (x, y) => chain(x('echo', null, true, 1.5, 'ü€😀', [], {}, { a: [1, { b: null }] }), y('echo')),
    gives: {
      args: [{ args: [null, true, 1.5, 'ü€😀', [], {}, { a: [1, { b: null }] }], kwargs: {} }],
      kwargs: {},
    },
    runs: { echo: 2 },
  },
  'a chain that ends in a group': {
    flow: (x, y) => chain(x('add', 1, 2), group(y('add', 10), x('add', 20))),
    gives: [13, 23],
    runs: { add: 3 },
  },
  'a chain piped into a group': {
    flow: (x, y) => chain(x('add', 1, 2), y('add', 3)).pipe(group(y('add', 10), x('add', 20))),
    gives: [16, 26],
    runs: { add: 4 },
  },
  'a group in the middle': {
    flow: (x, y) => chain(x('add', 1, 2), group(y('add', 10), x('add', 20)), y('total'), x('add', 1000)),
    gives: 1036,
    runs: { add: 4, total: 1 },
  },
  'a chain that begins with a group': {
    flow: (x, y) => chain(group(x('add', 1, 1), y('add', 2, 2)), y('total'), x('add', 10)),
    gives: 16,
    runs: { add: 3, total: 1 },
  },
  'a chain that begins with a group, called with arguments': {
    flow: (x, y) => chain(group(x('add', 1), y('add', 2)), x('list')).called([10]),
    gives: [11, 12],
    runs: { add: 2, list: 1 },
  },
  'a group of one in the middle': {
    flow: (x, y) => chain(x('add', 1, 2), group(y('add', 10)), x('echo')),
    gives: { args: [[13]], kwargs: {} },
    runs: { add: 2, echo: 1 },
    differs: [
      {
        why: 'Celery takes the task out of a group of one',
        where: ({ client }) => client === 'py',
        gives: { args: [13], kwargs: {} },
      },
    ],
  },
  'a chord in the middle': {
    flow: (x, y) => chain(x('add', 1, 2), chord([y('add', 10), x('add', 20)], y('total')), x('add', 1000)),
    gives: 1036,
    runs: { add: 4, total: 1 },
  },
  'two chords in a row': {
    flow: (x, y) =>
      chain(group(x('add', 1, 1), y('add', 2, 2)), y('total'), group(x('add', 1), y('add', 2)), x('total')),
    gives: 15,
    runs: { add: 4, total: 2 },
  },
  'two groups in a row': {
    flow: (x, y) =>
      chain(x('add', 1, 2), group(x('add', 1), y('add', 2)), group(y('total'), x('list')), y('list')),
    gives: [9, [4, 5]],
    runs: { add: 3, total: 1, list: 2 },
  },
  'chains in a group in a chain': {
    flow: (x, y) =>
      chain(
        x('add', 1, 2),
        group(chain(y('add', 10), x('add', 100)), chain(x('add', 20), y('add', 200))),
        y('list'),
      ),
    gives: [113, 223],
    runs: { add: 5, list: 1 },
  },
  'a chain that was read from JSON': {
    flow: (x, y) => chain(x('add', 1, 2), group(y('add', 10), x('add', 20)), y('total')).asDict(),
    gives: 36,
    runs: { add: 3, total: 1 },
  },
});
