/** A body after a header: chords in all forms and nestings. */
import { matrix } from '../../canvas/matrix.ts';
import { chain, chord, group } from '../../canvas/recipe.ts';

matrix('chords of two languages', {
  'a chord': {
    flow: (x, y) => chord([x('add', 1, 1), x('add', 2, 2), y('add', 3, 3)], y('list')),
    gives: [2, 4, 6],
    runs: { add: 3, list: 1 },
  },
  'one task in the header': {
    flow: (x, y) => chord([x('add', 1, 1)], y('list')),
    gives: [2],
    runs: { add: 1, list: 1 },
  },
  'nothing in the header': {
    flow: (_, y) => chord([], y('list')),
    gives: [],
    runs: { list: 1 },
  },
  'many in the header, in their order': {
    flow: (x, y) =>
      chord(
        Array.from({ length: 25 }, (_, n) => (n % 2 ? x('add', n, 0) : y('add', n, 0))),
        y('list'),
      ),
    gives: Array.from({ length: 25 }, (_, n) => n),
    runs: { add: 25, list: 1 },
  },
  'an immutable body': {
    flow: (x, y) => chord([x('add', 1, 1), y('add', 2, 2)], x.si('echo', 'own')),
    gives: { args: ['own'], kwargs: {} },
    runs: { add: 2, echo: 1 },
  },
  'arguments of the call': {
    flow: (x, y) => chord([x('echo', 3), y.si('echo', 'own')], y('list')).called([1, 2]),
    gives: [
      { args: [1, 2, 3], kwargs: {} },
      { args: ['own'], kwargs: {} },
    ],
    runs: { echo: 2, list: 1 },
  },
  'chains in the header': {
    flow: (x, y) => chord([chain(x('add', 1, 1), y('add', 10)), x('add', 5, 5)], y('list')),
    gives: [12, 10],
    runs: { add: 3, list: 1 },
  },
  'chains in the header that end in groups': {
    flow: (x, y) =>
      chord([chain(x('add', 1, 1), group(y('add', 10), x('add', 20))), y('add', 5, 5)], y('list')),
    gives: [[12, 22], 10],
    runs: { add: 4, list: 1 },
    differs: [
      {
        why: 'a worker of Celery that sends the inner group sets the size of the whole chord to that of the group: it ends early, or never',
        where: ({ client, x }) => client === 'py' && x === 'py',
        varies: true,
      },
    ],
  },
  'a group in the header': {
    flow: (x, y) => chord([group(x('add', 1, 1), y('add', 2, 2)), x('add', 3, 3)], y('list')),
    gives: [2, 4, 6],
    runs: { add: 3, list: 1 },
    differs: [
      {
        why: 'Celery turns the members of a group within a header around',
        where: ({ client }) => client === 'py',
        gives: [4, 2, 6],
      },
    ],
  },
  'a chord in the header': {
    flow: (x, y) => chord([chord([x('add', 1, 1), y('add', 2, 2)], y('total')), x('add', 3, 3)], y('list')),
    gives: [6, 6],
    runs: { add: 3, total: 1, list: 1 },
  },
  'chords two deep in the header': {
    flow: (x, y) =>
      chord(
        [
          chord([chord([x('add', 1, 1), y('add', 2, 2)], x('total')), y('add', 3, 3)], y('total')),
          x('add', 4, 4),
        ],
        x('list'),
      ),
    gives: [12, 8],
    runs: { add: 4, total: 2, list: 1 },
  },
  'a chord at the end of a chain in the header': {
    flow: (x, y) =>
      chord(
        [chain(x('add', 1, 1), chord([y('add', 10), x('add', 20)], y('total'))), y('add', 3, 3)],
        x('list'),
      ),
    gives: [34, 6],
    runs: { add: 4, total: 1, list: 1 },
  },
  'a chord in the middle of a chain in the header': {
    flow: (x, y) =>
      chord(
        [chain(x('add', 1, 1), group(y('add', 10), x('add', 20)), y('total'), x('add', 100)), y('add', 3, 3)],
        x('list'),
      ),
    gives: [134, 6],
    runs: { add: 5, total: 1, list: 1 },
  },
  'a chain as body': {
    flow: (x, y) => chord([x('add', 1, 1), y('add', 2, 2)], chain(y('total'), x('add', 10), y('add', 100))),
    gives: 116,
    runs: { add: 4, total: 1 },
  },
  'a group as body': {
    flow: (x, y) => chord([x('add', 1, 1), y('add', 2, 2)], group(y('total'), x('list'))),
    gives: [6, [2, 4]],
    runs: { add: 2, total: 1, list: 1 },
  },
  'a chain that ends in a group as body': {
    flow: (x, y) =>
      chord([x('add', 1, 1), y('add', 2, 2)], chain(y('total'), group(x('add', 10), y('add', 20)))),
    gives: [16, 26],
    runs: { add: 4, total: 1 },
  },
  'a chord as body': {
    flow: (x, y) => chord([x('add', 1, 1), y('add', 2, 2)], chord([y('total'), x('total')], y('list'))),
    gives: [6, 6],
    runs: { add: 2, total: 2, list: 1 },
  },
  'a chord that goes on': {
    flow: (x, y) =>
      chord([x('add', 1, 1), y('add', 2, 2)], y('total'))
        .pipe(x('add', 10))
        .pipe(y('add', 100)),
    gives: 116,
    runs: { add: 4, total: 1 },
  },
  'a chord that goes on with a group': {
    flow: (x, y) =>
      chord([x('add', 1, 1), y('add', 2, 2)], y('total')).pipe(group(x('add', 10), y('add', 20))),
    gives: [16, 26],
    runs: { add: 4, total: 1 },
  },
  'a chord that goes on with a chord': {
    flow: (x, y) =>
      chord([x('add', 1, 1), y('add', 2, 2)], y('total')).pipe(
        chord([x('add', 10), y('add', 20)], x('list')),
      ),
    gives: [16, 26],
    runs: { add: 4, total: 1, list: 1 },
  },
  'a chord with a chain as body that goes on with a chain': {
    flow: (x, y) =>
      chord([x('add', 1, 1), x('add', 2, 2)], chain(y('total'), x('add', 10))).pipe(
        chain(y('add', 100), x('add', 1000)),
      ),
    gives: 1116,
    runs: { add: 5, total: 1 },
  },
  'a chord with a chord as body that goes on with a chain': {
    flow: (x, y) =>
      chord([x('add', 1, 1), x('add', 2, 2)], chord([y('total'), x('total')], y('total'))).pipe(
        chain(y('add', 100), x('add', 1000)),
      ),
    gives: 1112,
    runs: { add: 4, total: 3 },
  },
  'a chord with a group as body that goes on with a chain': {
    flow: (x, y) =>
      chord([x('add', 1, 1), x('add', 2, 2)], group(y('total'), x('total'))).pipe(
        chain(y('list'), x('list')),
      ),
    gives: [6, 6],
    runs: { add: 2, total: 2, list: 2 },
    differs: [
      {
        why: 'Celery runs the chain once for each member of the body, under the same ids',
        where: ({ client }) => client === 'py',
        varies: true,
      },
    ],
  },
  'a chord after a task': {
    flow: (x, y) => x('add', 1, 2).pipe(chord([y('add', 10), x('add', 20)], y('list'))),
    gives: [13, 23],
    runs: { add: 3, list: 1 },
  },
  'a chord that was read from JSON': {
    flow: (x, y) => chord([x('add', 1, 1), chain(y('add', 2, 2), x('add', 10))], y('list')).asDict(),
    gives: [2, 14],
    runs: { add: 3, list: 1 },
  },
});
