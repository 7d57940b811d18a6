/** What fails, where, who learns of it, and how often. */
import type { Mix } from '../../canvas/matrix.ts';
import { broken, chordError, matrix } from '../../canvas/matrix.ts';
import { chain, chord, group } from '../../canvas/recipe.ts';
import { NEVER } from '../../canvas/stage.ts';

/** Where what fails, and so the worker that tells of it, is Celery's. */
const failsInPython = ({ x }: Mix): boolean => x === 'py';

const UNKNOWN = { error: 'NotRegistered', text: 'unheard of' };

matrix('failures of two languages', {
  'the first step': {
    flow: (x, y) => chain(x('fail'), y('add', 1), x('add', 1)).linkError(y('caught')),
    gives: broken(),
    runs: { fail: 1, caught: 1 },
  },
  'the middle step': {
    flow: (x, y) => chain(y('add', 1, 1), x('fail'), y('add', 1), x('add', 1)).linkError(y('caught')),
    gives: broken(),
    runs: { add: 1, fail: 1, caught: 1 },
  },
  'the last step': {
    flow: (x, y) => chain(y('add', 1, 1), x('add', 1), x('fail')).linkError(y('caught')),
    gives: broken(),
    runs: { add: 2, fail: 1, caught: 1 },
  },
  'several error callbacks': {
    flow: (x, y) =>
      x('fail').linkError(y('caught'), x.with({ label: 'told' }, 'caught'), y.si('note', 'own')),
    gives: broken(),
    runs: { fail: 1, caught: 1, told: 1, 'note ["own"]': 1 },
  },
  'a chain as error callback': {
    flow: (x, y) => x('fail').linkError(chain(y('caught'), x.si('note', 'then'))),
    gives: broken(),
    runs: { fail: 1, caught: 1, 'note ["then"]': 1 },
    differs: [
      {
        why: 'Celery takes a chain for a callback of the new style, cannot send it, and that becomes the failure',
        where: ({ x, y }) => x === 'py' && y === 'ts',
        gives: { error: 'EncodeError', text: "TypeError('Object of type Context is not JSON serializable')" },
        runs: { fail: 1 },
        late: true,
      },
      {
        why: 'Celery takes a chain for a callback of the new style, and calls it with three arguments',
        where: ({ x, y }) => x === 'py' && y === 'py',
        gives: {
          error: 'TypeError',
          text: 'caught() takes 1 positional argument but 3 positional arguments (and 1 keyword-only argument) were given',
        },
        runs: { fail: 1 },
        late: true,
      },
    ],
  },
  'a group as error callback': {
    flow: (x, y) => x('fail').linkError(group(y('caught'), x('caught'))),
    gives: broken(),
    runs: { fail: 1, caught: 2 },
  },
  'a chord as error callback': {
    flow: (x, y) => x('fail').linkError(chord([y('caught'), x('caught')], y.si('note', 'then'))),
    gives: broken(),
    runs: { fail: 1, caught: 2, 'note ["then"]': 1 },
  },
  'an error callback that fails': {
    flow: (x, y) =>
      x('fail').linkError(y.with({ fails: true, label: 'bad' }, 'caught').linkError(x('caught'))),
    gives: broken(),
    runs: { fail: 1, bad: 1, caught: 1 },
  },
  'an error callback of the new style': {
    flow: (x) => x('fail').linkError(x('alarm')),
    gives: broken(),
    runs: { fail: 1, alarm: 1 },
  },
  'a member of a group': {
    flow: (x, y) => group(x('fail').linkError(y('caught')), y('add', 1, 1)),
    gives: [broken(), 2],
    runs: { fail: 1, add: 1, caught: 1 },
  },
  'a part of a header': {
    flow: (x, y) => chord([x('add', 1, 1), x('fail'), x('add', 2, 2)], y('list').linkError(y('caught'))),
    gives: chordError(),
    runs: { add: 2, fail: 1, caught: 1 },
  },
  'a part of a header, with an error callback of its own': {
    flow: (x, y) => chord([x('add', 1, 1), x('fail').linkError(y('caught'))], y('list')),
    gives: chordError(),
    runs: { add: 1, fail: 1, caught: 1 },
  },
  'all parts of a header': {
    flow: (x, y) => chord([x('fail'), x('fail')], y('list').linkError(y('caught'))),
    gives: chordError(),
    runs: { fail: 2, caught: 1 },
  },
  'error callbacks of the whole chord': {
    flow: (x, y) => chord([x('add', 1, 1), x('fail')], y('list')).linkError(y('caught')),
    gives: chordError(),
    runs: { add: 1, fail: 1, caught: 1 },
  },
  'the only part of a header': {
    flow: (x, y) => chord([x('fail')], y('list').linkError(y('caught'))),
    gives: chordError(),
    runs: { fail: 1, caught: 1 },
  },
  'the first of a chain in a header': {
    flow: (x, y) =>
      chord([chain(x('fail'), x('add', 1), x('add', 1)), x('add', 1, 1)], y('list').linkError(y('caught'))),
    gives: chordError(),
    runs: { add: 1, fail: 1, caught: 1 },
  },
  'the last of a chain in a header': {
    flow: (x, y) =>
      chord([chain(x('add', 1, 1), x('fail')), x('add', 1, 1)], y('list').linkError(y('caught'))),
    gives: chordError(),
    runs: { add: 2, fail: 1, caught: 1 },
  },
  'a body': {
    flow: (x, y) => chord([y('add', 1, 1), x('add', 2, 2)], x('fail').linkError(y('caught'))),
    gives: broken(),
    runs: { add: 2, fail: 1, caught: 1 },
  },
  'the first of a body that is a chain': {
    flow: (x, y) => chord([y('add', 1, 1)], chain(x('fail'), y('add', 1))).linkError(y('caught')),
    gives: broken(),
    runs: { add: 1, fail: 1, caught: 1 },
  },
  'a header before a body that is a chain': {
    flow: (x, y) => chord([x('fail')], chain(y('total'), y('add', 1))),
    gives: chordError(),
    runs: { fail: 1 },
    differs: [
      {
        why: 'Celery stores the failure under the id of the chain, which nobody waits for',
        where: failsInPython,
        gives: NEVER,
      },
    ],
  },
  'a header before a body that is a chain, with error callbacks': {
    flow: (x, y) => chord([x('fail')], chain(y('total'), y('add', 1)).linkError(y('caught'))),
    gives: chordError(),
    runs: { fail: 1, caught: 1 },
    differs: [
      {
        why: 'Celery stores the failure under the id of the chain, which nobody waits for',
        where: ({ client, x }) => client === 'py' && x === 'py',
        gives: NEVER,
      },
      {
        why: 'and finds no error callbacks in a chain whose steps have them',
        where: ({ client, x }) => client === 'ts' && x === 'py',
        gives: NEVER,
        runs: { fail: 1 },
      },
    ],
  },
  'a header before a body that is a group': {
    flow: (x, y) => chord([x('fail')], group(y('total'), y('list'))),
    gives: [chordError(), chordError()],
    runs: { fail: 1 },
    differs: [
      {
        why: 'Celery stores the failure under the id of the group, whose members nobody fails',
        where: failsInPython,
        gives: [NEVER, NEVER],
      },
    ],
  },
  'a header in the middle of a chain': {
    flow: (x, y) => chain(x('add', 1, 2), group(x('add', 1), x('fail')), y('total'), y('add', 1)),
    gives: chordError(),
    runs: { add: 2, fail: 1 },
    differs: [
      {
        why: 'Celery stores the failure under the id of the chain, which nobody waits for',
        where: failsInPython,
        gives: NEVER,
      },
    ],
  },
  'a step before a group': {
    flow: (x, y) => chain(x('fail'), group(y('add', 1), y('add', 2))),
    gives: [broken(), broken()],
    runs: { fail: 1 },
    differs: [
      {
        why: 'Celery tells no step that is a group',
        where: failsInPython,
        gives: [NEVER, NEVER],
      },
    ],
  },
  'a step before a chord': {
    flow: (x, y) => chain(x('fail'), group(y('add', 1), y('add', 2)), y('total')),
    gives: broken(),
    runs: { fail: 1 },
    differs: [
      {
        why: 'Celery tells no step that is a chord',
        where: failsInPython,
        gives: NEVER,
      },
    ],
  },
  'a header in a header': {
    flow: (x, y) =>
      chord(
        [chord([x('add', 1, 1), x('fail')], x('total')), x('add', 3, 3)],
        y('list').linkError(y('caught')),
      ),
    gives: chordError('ChordError("Dependency <id> raised Broken(\'no\')")'),
    runs: { add: 2, fail: 1, caught: 1 },
    differs: [
      {
        why: 'Celery does not tell the chord around a chord',
        where: failsInPython,
        gives: NEVER,
        runs: { add: 2, fail: 1 },
      },
    ],
  },
  'a body in a header': {
    flow: (x, y) =>
      chord([chord([x('add', 1, 1)], x('fail')), x('add', 3, 3)], y('list').linkError(y('caught'))),
    gives: chordError(),
    runs: { add: 2, fail: 1, caught: 1 },
  },
  'a task that nobody knows': {
    flow: (x, y) => x('unheard of').linkError(y('caught')),
    gives: UNKNOWN,
    runs: {},
  },
  'an unknown task in a chain': {
    flow: (x, y) => chain(x('unheard of'), y('add', 1)),
    gives: UNKNOWN,
    runs: {},
    differs: [
      {
        why: 'Celery does not tell what follows a task that no worker knows',
        where: failsInPython,
        gives: NEVER,
      },
    ],
  },
  'an unknown task in a header': {
    flow: (x, y) => chord([x('add', 1, 1), x('unheard of')], y('list').linkError(y('caught'))),
    gives: chordError("NotRegistered('unheard of')"),
    runs: { add: 1, caught: 1 },
    differs: [
      {
        why: 'Celery does not count a part that no worker knows',
        where: failsInPython,
        gives: NEVER,
        runs: { add: 1 },
      },
    ],
  },
  'an unknown task as body': {
    flow: (x, y) => chord([x('add', 1, 1)], y('unheard of')),
    gives: UNKNOWN,
    runs: { add: 1 },
  },
  'an expired part of a header': {
    flow: (x, y) =>
      chord(
        [x('add', 1, 1), x('add', 2, 2).set({ expires: 0.001, countdown: 0.1 })],
        y('list').linkError(y('caught')),
      ),
    gives: chordError("TaskRevokedError('expired')"),
    runs: { add: 1, caught: 1 },
  },
  'an expired first step': {
    flow: (x, y) => chain(x('add', 2, 2).set({ expires: 0.001, countdown: 0.1 }), y('add', 1)),
    gives: { error: 'TaskRevokedError', text: 'expired' },
    runs: {},
    differs: [
      { why: 'Celery does not tell what follows a revoked task', where: failsInPython, gives: NEVER },
    ],
  },
});
