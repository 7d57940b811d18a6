/** What is said of a whole workflow's call, and results that nobody wants. */
import { matrix } from '../../canvas/matrix.ts';
import { chain, chord, group } from '../../canvas/recipe.ts';
import { NEVER } from '../../canvas/stage.ts';

matrix('options of workflows of two languages', {
  'a countdown of a chain': {
    flow: (x, y) => chain(x('add', 1, 2), y('add', 10)).called([], { countdown: 0.3 }),
    gives: 13,
    runs: { add: 2 },
  },
  'a countdown of a group': {
    flow: (x, y) => group(x('add', 1, 2), y('add', 10, 1)).called([], { countdown: 0.3 }),
    gives: [3, 11],
    runs: { add: 2 },
  },
  'a countdown of a chord': {
    flow: (x, y) => chord([x('add', 1, 2), x('add', 10, 1)], y('list')).called([], { countdown: 0.3 }),
    gives: [3, 11],
    runs: { add: 2, list: 1 },
  },
  'a countdown of a body': {
    flow: (x, y) => chord([x('add', 1, 2), x('add', 10, 1)], y('list').set({ countdown: 0.3 })),
    gives: [3, 11],
    runs: { add: 2, list: 1 },
  },
  'a countdown of a step and a part': {
    flow: (x, y) =>
      chain(
        x('add', 1, 2),
        y('add', 3).set({ countdown: 0.3 }),
        group(y('add', 1).set({ countdown: 0.3 }), x('add', 2)),
        x('total'),
      ),
    gives: 15,
    runs: { add: 4, total: 1 },
  },
  'a priority of each task': {
    flow: (x, y) =>
      group(
        x('urgency').set({ priority: 3 }),
        y('urgency').set({ priority: 9 }),
        chain(x('urgency').set({ priority: 6 })),
      ),
    gives: [3, 9, 6],
    runs: { urgency: 3 },
  },
  'a priority of a chain': {
    flow: (x, y) => chain(x('urgency'), y('echo')).called([], { priority: 6 }),
    gives: { args: [6], kwargs: {} },
    runs: { urgency: 1, echo: 1 },
  },
  'a priority of a group': {
    flow: (x, y) => group(x('urgency'), y('urgency')).called([], { priority: 6 }),
    gives: [6, 6],
    runs: { urgency: 2 },
  },
  'a priority of a chord': {
    flow: (x, y) => chord([x('urgency'), y('urgency')], y('echo')).called([], { priority: 6 }),
    gives: { args: [[6, 6]], kwargs: {} },
    runs: { urgency: 2, echo: 1 },
  },
  'a priority of a later step': {
    flow: (x, y) => chain(x('add', 1, 1), y('urgency').set({ priority: 6 })),
    gives: 6,
    runs: { add: 1, urgency: 1 },
  },
  'a priority of a chord and so of its body': {
    flow: (x, y) => chord([x('add', 1, 1), x('add', 1, 1)], y('urgency')).called([], { priority: 6 }),
    gives: 6,
    runs: { add: 2, urgency: 1 },
  },
  'a queue of a chain is that of its first task': {
    flow: (x, y) =>
      chain(x('add', 1, 1).set({ queue: 'nobody' }), y('add', 1)).called([], { queue: x.queue }),
    gives: 3,
    runs: { add: 2 },
  },
  'a queue of a group': {
    flow: (x) =>
      group(x('add', 1, 1).set({ queue: 'nobody' }), x('add', 1, 1)).called([], { queue: x.queue }),
    gives: [2, 2],
    runs: { add: 2 },
  },
  'an id of a chain': {
    flow: (x, y) => chain(x('add', 1, 2), y('add', 10)).called([], { task_id: crypto.randomUUID() }),
    gives: 13,
    runs: { add: 2 },
  },
  'an id of a chord': {
    flow: (x, y) => chord([x('add', 1, 2)], y('list')).called([], { task_id: crypto.randomUUID() }),
    gives: [3],
    runs: { add: 1, list: 1 },
  },
  'an ignored step': {
    flow: (x, y) => chain(x('quiet', 1), y('echo')),
    gives: { args: [[1]], kwargs: {} },
    runs: { quiet: 1, echo: 1 },
  },
  'an ignored last step': {
    flow: (x, y) => chain(x('add', 1, 2), y('quiet')),
    gives: NEVER,
    runs: { add: 1, quiet: 1 },
  },
  'ignored parts of a header': {
    flow: (x, y) => chord([x('quiet', 1), y('quiet', 2), x('add', 1, 1)], y('list')),
    gives: [[1], [2], 2],
    runs: { quiet: 2, add: 1, list: 1 },
  },
  'results that are ignored by their calls': {
    flow: (x, y) => chord([x('add', 1, 1).set({ ignore_result: true }), y('add', 2, 2)], y('list')),
    gives: [2, 4],
    runs: { add: 2, list: 1 },
  },
});
