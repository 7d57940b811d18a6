/** All at once: groups in all forms, and the tasks that run another task for each item of a list. */
import { matrix } from '../../canvas/matrix.ts';
import { chain, chunks, group, map, starmap } from '../../canvas/recipe.ts';
import { NEVER } from '../../canvas/stage.ts';

matrix('groups of two languages', {
  'a group': {
    flow: (x, y) => group(x('add', 1, 1), y('add', 2, 2), x('add', 3, 3)),
    gives: [2, 4, 6],
    runs: { add: 3 },
  },
  'a group of one': {
    flow: (x) => group(x('add', 1, 1)),
    gives: [2],
    runs: { add: 1 },
  },
  'an empty group': {
    flow: () => group(),
    gives: [],
    runs: {},
  },
  'arguments of the call': {
    flow: (x, y) => group(x('echo', 3), y('echo'), x.si('echo', 'own')).called([1, 2]),
    gives: [
      { args: [1, 2, 3], kwargs: {} },
      { args: [1, 2], kwargs: {} },
      { args: ['own'], kwargs: {} },
    ],
    runs: { echo: 3 },
  },
  'groups in a group': {
    flow: (x, y) => group(group(x('add', 1, 1), y('add', 2, 2)), x('add', 3, 3)),
    gives: [2, 4, 6],
    runs: { add: 3 },
  },
  'a group of chains': {
    flow: (x, y) => group(chain(x('add', 1, 1), y('add', 10)), chain(y('add', 2, 2), x('add', 20))),
    gives: [12, 24],
    runs: { add: 4 },
  },
  'a group of chains that end in groups': {
    flow: (x, y) =>
      group(chain(x('add', 1, 1), group(y('add', 10), x('add', 20))), chain(y('add', 2, 2), x('add', 30))),
    gives: [[12, 22], 34],
    runs: { add: 5 },
  },
  'a group after a group': {
    flow: (x, y) => group(x('add', 1, 1), y('add', 2, 2)).pipe(group(y('total'), x('list'))),
    gives: [6, [2, 4]],
    runs: { add: 2, total: 1, list: 1 },
  },
  'three groups in a row': {
    flow: (x, y) =>
      group(x('add', 1, 1), x('add', 2, 2))
        .pipe(group(y('total'), x('total')))
        .pipe(group(x('list'), y('total'))),
    gives: [[6, 6], 12],
    runs: { add: 2, total: 3, list: 1 },
    differs: [
      {
        why: 'Celery runs the third group once for each member of the second, under the same ids',
        where: ({ client, x }) => client === 'py' && x === 'py',
        varies: true,
      },
    ],
  },
  'a group piped into a chain': {
    flow: (x, y) => group(x('add', 1, 1), y('add', 2, 2)).pipe(chain(y('total'), x('add', 10))),
    gives: 16,
    runs: { add: 3, total: 1 },
  },
  'a group that was read from JSON': {
    flow: (x, y) => group(x('add', 1, 1), chain(y('add', 2, 2), x('add', 10))).asDict(),
    gives: [2, 14],
    runs: { add: 3 },
  },
  map: {
    flow: (x) =>
      map(
        x('item'),
        [1, 2, 3].map((n) => ({ n, run: x.run })),
      ).called([], { queue: x.queue }),
    gives: [10, 20, 30],
    runs: { item: 3 },
  },
  starmap: {
    flow: (x) =>
      starmap(x('pair'), [
        [1, 2, x.run],
        [3, 4, x.run],
      ]).called([], { queue: x.queue }),
    gives: [2, 12],
    runs: { pair: 2 },
  },
  chunks: {
    flow: (x) =>
      chunks(
        x('pair'),
        [1, 2, 3, 4, 5].map((n) => [n, n, x.run]),
        2,
      ).called([], { queue: x.queue }),
    gives: [[1, 4], [9, 16], [25]],
    runs: { pair: 5 },
  },
  'a map in a chain': {
    flow: (x, y) =>
      chain(y('add', 1, 2), map(x('item'), [{ n: 1, run: x.run }]).set({ queue: x.queue }), y('total')),
    gives: 10,
    runs: { add: 1, item: 1, total: 1 },
  },
  'maps in a group before a task': {
    flow: (x, y) =>
      chain(
        group(
          starmap(x('pair'), [
            [1, 2, x.run],
            [3, 4, x.run],
          ]).set({ queue: x.queue }),
          map(y('item'), [{ n: 1, run: x.run }]).set({ queue: y.queue }),
        ),
        y('list'),
      ),
    gives: [[2, 12], [10]],
    runs: { pair: 2, item: 1, list: 1 },
  },
  'chunks before a task': {
    flow: (x, y) =>
      chunks(
        x('pair'),
        [1, 2, 3].map((n) => [n, n, x.run]),
        2,
      )
        .set({ queue: x.queue })
        .pipe(y('list')),
    gives: [[1, 4], [9]],
    runs: { pair: 3, list: 1 },
    differs: [
      {
        why: 'Celery sends chunks in a chain as one task, celery.chunks, whose result cannot be sent on',
        where: ({ client, x }) => client === 'py' && x === 'py',
        gives: NEVER,
        runs: { pair: 3 },
      },
    ],
  },
});
