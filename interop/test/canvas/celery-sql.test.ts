/** Chords where Celery's database backend keeps the results: it counts nothing, and asks for all of them instead. */
import type { Mix } from '../../canvas/matrix.ts';
import { chordError, matrix } from '../../canvas/matrix.ts';
import { chain, chord } from '../../canvas/recipe.ts';
import { NEVER } from '../../canvas/stage.ts';

/** Python's client sends `celery.chord_unlock` to the queue of the body. */
const isAskedHere = ({ client, y }: Mix): boolean => client === 'py' && y === 'ts';
const ASKED_HERE =
  'Celery sends celery.chord_unlock to the queue of the body, and no worker of ours knows it';

matrix(
  "chords on the tables of Celery's database backend",
  {
    'a chord': {
      flow: (x, y) => chord([x('add', 1, 1), x('add', 2, 2), y('add', 3, 3)], y('list')),
      gives: [2, 4, 6],
      runs: { add: 3, list: 1 },
      differs: [{ why: ASKED_HERE, where: isAskedHere, gives: NEVER, runs: { add: 3 } }],
    },
    'chains in the header': {
      flow: (x, y) => chord([chain(x('add', 1, 1), y('add', 10)), x('add', 5, 5)], y('list')),
      gives: [12, 10],
      runs: { add: 3, list: 1 },
      differs: [{ why: ASKED_HERE, where: isAskedHere, gives: NEVER, runs: { add: 3 } }],
    },
    'a part that fails': {
      flow: (x, y) => chord([x('fail'), y('add', 2, 2)], y('list')),
      gives: chordError(),
      runs: { fail: 1, add: 1 },
      differs: [
        { why: ASKED_HERE, where: isAskedHere, gives: NEVER },
        {
          why: 'Celery does not name the part here',
          where: ({ client }) => client === 'py',
          gives: { error: 'ChordError', text: "Broken('no')" },
        },
      ],
    },
  },
  'db+postgresql',
);
