/** Chords whose header runs in both languages, counted on the ChordCounter of django-celery-results. */
import type { Mix } from '../../canvas/matrix.ts';
import { broken, chordError, matrix } from '../../canvas/matrix.ts';
import { chain, chord, group } from '../../canvas/recipe.ts';

/** Where Python opened a header that it counts wrong, and may be the one that loses it. */
const isLostByPython = ({ client, x, y }: Mix): boolean => client === 'py' && (x === 'py' || y === 'py');

matrix(
  'chords on the counter of django-celery-results',
  {
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
    'many in the header, in their order': {
      flow: (x, y) =>
        chord(
          Array.from({ length: 25 }, (_, n) => (n % 2 ? x('add', n, 0) : y('add', n, 0))),
          y('list'),
        ),
      gives: Array.from({ length: 25 }, (_, n) => n),
      runs: { add: 25, list: 1 },
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
          why: 'Celery counts the group as one, and forgets a chord that it counted down too early',
          where: isLostByPython,
          varies: true,
        },
      ],
    },
    'a chord in the header': {
      flow: (x, y) => chord([chord([x('add', 1, 1), y('add', 2, 2)], y('total')), x('add', 3, 3)], y('list')),
      gives: [6, 6],
      runs: { add: 3, total: 1, list: 1 },
    },
    'a chord as body': {
      flow: (x, y) => chord([x('add', 1, 1), y('add', 2, 2)], chord([y('total'), x('total')], y('list'))),
      gives: [6, 6],
      runs: { add: 2, total: 2, list: 1 },
    },
    'a part that fails': {
      flow: (x, y) => chord([x('fail'), y('add', 2, 2)], y('list').linkError(x('caught'))),
      gives: chordError(),
      runs: { fail: 1, add: 1, caught: 1 },
      differs: [
        {
          why: 'Celery does not name the part here',
          where: ({ x, y }) => x === 'py' && y === 'py',
          gives: { error: 'ChordError', text: "Broken('no')" },
        },
        { why: 'whoever is last tells it', where: ({ x, y }) => x !== y, varies: true },
      ],
    },
    'a body that fails': {
      flow: (x, y) => chord([x('add', 1, 1), y('add', 2, 2)], x.si('fail')),
      gives: broken(),
      runs: { add: 2, fail: 1 },
    },
  },
  'django-db',
);
