/** Workflows that grow while they run: tasks that put something else in their place, parts that are added to a header, retries. */
import { broken, chordError, matrix } from '../../canvas/matrix.ts';
import type { Calls, Recipe } from '../../canvas/recipe.ts';
import { chain, chord, group } from '../../canvas/recipe.ts';

/** A task that is replaced by what a recipe describes. */
const become = (calls: Calls, recipe: Recipe): Recipe => calls.with({ recipe }, 'become');
const grow = (calls: Calls, value: number, ...recipes: readonly Recipe[]): Recipe =>
  calls.with({ recipes }, 'grow', value);

matrix('workflows of two languages that change while they run', {
  'replaced by a task': {
    flow: (x, y) => become(x, y('add', 1, 2)),
    gives: 3,
    runs: { become: 1, add: 1 },
  },
  'replaced by a chain': {
    flow: (x, y) => become(x, chain(y('add', 1, 2), x('add', 10))),
    gives: 13,
    runs: { become: 1, add: 2 },
  },
  'replaced by a group': {
    flow: (x, y) => become(x, group(y('add', 1, 2), x('add', 3, 4))),
    gives: [3, 7],
    runs: { become: 1, add: 2 },
  },
  'replaced by a chord': {
    flow: (x, y) => become(x, chord([y('add', 1, 2), x('add', 3, 4)], y('total'))),
    gives: 10,
    runs: { become: 1, add: 2, total: 1 },
  },
  'replaced twice': {
    flow: (x, y) => become(x, become(y, x('add', 1, 2))),
    gives: 3,
    runs: { become: 2, add: 1 },
  },
  'replaced by a task in a chain': {
    flow: (x, y) => chain(become(x, y('add', 1, 2)), y('add', 10), x('add', 100)),
    gives: 113,
    runs: { become: 1, add: 3 },
  },
  'replaced by a chain in a chain': {
    flow: (x, y) => chain(y('add', 1, 1), become(x, chain(y('add', 1, 2), x('add', 10))), y('add', 100)),
    gives: 113,
    runs: { become: 1, add: 4 },
  },
  'replaced by a group in a chain': {
    flow: (x, y) => chain(become(x, group(y('add', 1, 2), x('add', 3, 4))), y('total')),
    gives: 10,
    runs: { become: 1, add: 2, total: 1 },
  },
  'replaced by a chord in a chain': {
    flow: (x, y) => chain(become(x, chord([y('add', 1, 2), x('add', 3, 4)], y('total'))), x('add', 100)),
    gives: 110,
    runs: { become: 1, add: 3, total: 1 },
  },
  'replaced by a task in a header': {
    flow: (x, y) => chord([become(x, y('add', 1, 2)), y('add', 2, 2)], x('list')),
    gives: [3, 4],
    runs: { become: 1, add: 2, list: 1 },
  },
  'replaced by a chain in a header': {
    flow: (x, y) => chord([become(x, chain(y('add', 1, 2), x('add', 10))), y('add', 2, 2)], y('list')),
    gives: [13, 4],
    runs: { become: 1, add: 3, list: 1 },
  },
  'replaced by a group in a header': {
    flow: (x, y) => chord([become(x, group(y('add', 1, 2), x('add', 3, 4))), y('add', 2, 2)], x('list')),
    gives: [[3, 7], 4],
    runs: { become: 1, add: 3, list: 1 },
    differs: [
      {
        why: 'Celery gives all members of the group the index of the task that they replace, and so loses their order',
        where: ({ x }) => x === 'py',
        varies: true,
      },
    ],
  },
  'replaced by a chord in a header': {
    flow: (x, y) =>
      chord([become(x, chord([y('add', 1, 2), x('add', 3, 4)], y('total'))), y('add', 2, 2)], x('list')),
    gives: [10, 4],
    runs: { become: 1, add: 3, total: 1, list: 1 },
  },
  'a body that is replaced by a group': {
    flow: (x, y) => chord([y('add', 1, 1)], become(x, group(y('add', 1, 2), x('add', 3, 4)))),
    gives: [3, 7],
    runs: { add: 3, become: 1 },
  },
  'links of a replaced task': {
    flow: (x, y) => become(x, chain(y('add', 1, 2), x('add', 10))).link(y('note')),
    gives: 13,
    runs: { become: 1, add: 2, 'note [13]': 1 },
    differs: [
      {
        why: 'Celery calls the links of a task that is replaced by a chain twice',
        where: ({ x }) => x === 'py',
        runs: { become: 1, add: 2, 'note [13]': 2 },
      },
    ],
  },
  'links of a task that is replaced by a group': {
    flow: (x, y) => become(x, group(y('add', 1, 2), x('add', 3, 4))).link(y('note')),
    gives: [3, 7],
    runs: { become: 1, add: 2, 'note [[3,7]]': 1 },
  },
  'error callbacks of a replaced task': {
    flow: (x, y) => become(x, chain(y('add', 1, 2), x('fail'))).linkError(y('caught')),
    gives: broken(),
    runs: { become: 1, add: 1, fail: 1, caught: 1 },
  },
  'a replacement that fails in a header': {
    flow: (x, y) => chord([become(x, x('fail')), x('add', 1, 1)], y('list').linkError(y('caught'))),
    gives: chordError(),
    runs: { become: 1, fail: 1, add: 1, caught: 1 },
  },
  'a part added to a header': {
    flow: (x, y) => chord([grow(x, 1, y('add', 2, 2))], y('total')),
    gives: 5,
    runs: { grow: 1, add: 1, total: 1 },
  },
  'parts added by several': {
    flow: (x, y) =>
      chord([grow(x, 1, y('add', 2, 2), x('add', 3, 3)), grow(y, 10, x('add', 20, 20))], y('total')),
    gives: 61,
    runs: { grow: 2, add: 3, total: 1 },
  },
  'an added part that fails': {
    flow: (x, y) => chord([grow(x, 1, x('fail'))], y('list').linkError(y('caught'))),
    gives: chordError(),
    runs: { grow: 1, fail: 1, caught: 1 },
  },
  'a retried part of a header': {
    flow: (x, y) => chord([x.with({ failures: 2 }, 'flaky', 1), y('add', 1, 1)], y('list')),
    gives: [1, 2],
    runs: { flaky: 3, add: 1, list: 1 },
  },
  'a retried step': {
    flow: (x, y) => chain(y('add', 1, 1), x.with({ failures: 2 }, 'flaky'), y('add', 10)),
    gives: 12,
    runs: { add: 2, flaky: 3 },
  },
  'a retried body': {
    flow: (x, y) => chord([y('add', 1, 1), x('add', 2, 2)], x.with({ failures: 1 }, 'flaky')),
    gives: [2, 4],
    runs: { add: 2, flaky: 2 },
  },
  'a retried part that fails in the end': {
    flow: (x, y) => chord([x.with({ failures: 9 }, 'flaky', 1)], y('list').linkError(y('caught'))),
    gives: chordError("Broken('again')"),
    runs: { flaky: 6, caught: 1 },
  },
  'a workflow begun by a task': {
    flow: (x, y) => x.with({ recipe: chord([y('add', 1, 1), x('add', 2, 2)], y('note')) }, 'start'),
    gives: 'started',
    runs: { start: 1, add: 2, 'note [[2,4]]': 1 },
  },
});
