/** What follows a task, besides what follows it in its chain: links, and links to whole workflows. */
import { matrix } from '../../canvas/matrix.ts';
import { chain, chord, group } from '../../canvas/recipe.ts';
import { NEVER } from '../../canvas/stage.ts';

matrix('links of two languages', {
  'one link': {
    flow: (x, y) => x('add', 1, 2).link(y('note')),
    gives: 3,
    runs: { add: 1, 'note [3]': 1 },
  },
  'links in both languages': {
    flow: (x, y) => x('add', 1, 2).link(y('note'), x('note', 'more'), y.si('note', 'own')),
    gives: 3,
    runs: { add: 1, 'note [3]': 1, 'note [3,"more"]': 1, 'note ["own"]': 1 },
  },
  'keyword arguments of a link': {
    flow: (x, y) => x('add', 1, 2).link(y.with({ label: 'named' }, 'note', 'é')),
    gives: 3,
    runs: { add: 1, 'named [3,"é"]': 1 },
  },
  'a link of a link': {
    flow: (x, y) => x('add', 1, 2).link(y('add', 10).link(x('note'))),
    gives: 3,
    runs: { add: 2, 'note [13]': 1 },
  },
  'a chain as link': {
    flow: (x, y) => x('add', 1, 2).link(chain(y('add', 10), x('add', 100), y('note'))),
    gives: 3,
    runs: { add: 3, 'note [113]': 1 },
  },
  'a group as link': {
    flow: (x, y) => x('add', 1, 2).link(group(y('note', 'a'), x('note', 'b'))),
    gives: 3,
    runs: { add: 1, 'note [3,"a"]': 1, 'note [3,"b"]': 1 },
  },
  'a chord as link': {
    flow: (x, y) => x('add', 1, 2).link(chord([y('add', 10), x('add', 20)], y('note'))),
    gives: 3,
    runs: { add: 3, 'note [[13,23]]': 1 },
  },
  'a task, a chain, a group and a chord as links': {
    flow: (x, y) =>
      x('add', 1, 2).link(
        y('note'),
        chain(y('add', 10), x('note')),
        group(y('note', 'a'), x('note', 'b')),
        chord([y('add', 10), x('add', 20)], y('note')),
      ),
    gives: 3,
    runs: {
      add: 4,
      'note [3]': 1,
      'note [13]': 1,
      'note [3,"a"]': 1,
      'note [3,"b"]': 1,
      'note [[13,23]]': 1,
    },
  },
  'links of steps, and of the whole chain': {
    flow: (x, y) =>
      chain(x('add', 1, 2).link(y('note', 'first')), y('add', 10).link(x('note', 'last'))).link(
        y('note', 'whole'),
      ),
    gives: 13,
    runs: { add: 2, 'note [3,"first"]': 1, 'note [13,"last"]': 1, 'note [13,"whole"]': 1 },
  },
  'links of a chord and of its parts': {
    flow: (x, y) =>
      chord(
        [x('add', 1, 1).link(y('note', 'part')), y('add', 2, 2)],
        x('total').link(y('note', 'body')),
      ).link(x('note', 'chord')),
    gives: 6,
    runs: { add: 2, total: 1, 'note [2,"part"]': 1, 'note [6,"body"]': 1, 'note [6,"chord"]': 1 },
  },
  'links of the members of a group': {
    flow: (x, y) => group(x('add', 1, 1).link(y('note')), y('add', 2, 2).link(x('note'))),
    gives: [2, 4],
    runs: { add: 2, 'note [2]': 1, 'note [4]': 1 },
  },
  'a link of a retried task runs once': {
    flow: (x, y) => x.with({ failures: 2 }, 'flaky', 7).link(y('note')),
    gives: 7,
    runs: { flaky: 3, 'note [7]': 1 },
  },
  'a link of a task whose result is ignored': {
    flow: (x, y) => x('quiet', 1).link(y('note')),
    gives: NEVER,
    runs: { quiet: 1, 'note [[1]]': 1 },
  },
  'a link of a failure does not run': {
    flow: (x, y) => x('fail').link(y('note')).linkError(y('caught')),
    gives: { error: 'Broken', text: 'no' },
    runs: { fail: 1, caught: 1 },
  },
  'links that were read from JSON': {
    flow: (x, y) =>
      x('add', 1, 2)
        .link(y('note'), chain(y('add', 10), x('note')))
        .asDict(),
    gives: 3,
    runs: { add: 2, 'note [3]': 1, 'note [13]': 1 },
  },
});
