/** Chords where Celery's database backend keeps the results: it counts nothing, and asks for all of them instead. */
import { chordError, matrix } from '../../canvas/matrix.ts';
import { chain, chord, group } from '../../canvas/recipe.ts';

matrix(
  "chords on the tables of Celery's database backend",
  {
    'a chord': {
      flow: (x, y) => chord([x('add', 1, 1), x('add', 2, 2), y('add', 3, 3)], y('list')),
      gives: [2, 4, 6],
      runs: { add: 3, list: 1 },
    },
    'chains in the header': {
      flow: (x, y) => chord([chain(x('add', 1, 1), y('add', 10)), x('add', 5, 5)], y('list')),
      gives: [12, 10],
      runs: { add: 3, list: 1 },
    },
    'a group in the header': {
      flow: (x, y) => chord([group(x('add', 1, 1), x('add', 2, 2)), y('add', 3, 3)], y('list')),
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
      flow: (x, y) => chord([chord([x('add', 1, 1), x('add', 2, 2)], y('total')), y('add', 3, 3)], y('list')),
      gives: [6, 6],
      runs: { add: 3, total: 1, list: 1 },
    },
    'a part that fails': {
      flow: (x, y) => chord([x('fail'), y('add', 2, 2)], y('list')),
      gives: chordError(),
      runs: { fail: 1, add: 1 },
      differs: [
        {
          why: 'Celery does not name the part here',
          where: ({ client, y }) => client === 'py' && y === 'py',
          gives: { error: 'ChordError', text: "Broken('no')" },
        },
      ],
    },
  },
  'db+postgresql',
);
