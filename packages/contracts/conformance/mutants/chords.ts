import type { ChordProgress, ChordStore } from '../../src/index.ts';
import { altered, type Mutant } from './mutant.ts';

function chordMutant(
  name: string,
  noticedBy: string,
  changes: (store: ChordStore) => Partial<ChordStore>,
): Mutant<ChordStore> {
  return { name, noticedBy, mutate: (store) => altered(store, changes(store)) };
}

const COMPLETES = 'completes for exactly one part, with all in order, whoever is last';
const AGAIN = 'the part that completed it completes it again, no other does, until dropped';

/** Chords that were answered complete, by whichever store. */
const completed = new Set<string>();

export const chordMutants: readonly Mutant<ChordStore>[] = [
  chordMutant('gives parts as they came', COMPLETES, (store) => ({
    arrive: async (arrivals) =>
      (await store.arrive(arrivals)).map((progress) =>
        progress.complete ? { ...progress, parts: progress.parts.toReversed() } : progress,
      ),
  })),
  chordMutant('never completes', COMPLETES, (store) => ({
    arrive: async (arrivals) => (await store.arrive(arrivals)).map(() => ({ complete: false })),
  })),
  chordMutant('waits for a second part', 'a chord of one completes at once', (store) => ({
    open: async (chord) =>
      store.open(chord.members.length > 1 ? chord : { ...chord, members: [...chord.members, 'nobody'] }),
  })),
  chordMutant('forgets how parts ended', 'parts come back as they arrived', (store) => ({
    arrive: async (arrivals) =>
      store.arrive(arrivals.map((each) => ({ ...each, part: { ...each.part, state: 'SUCCESS' } }))),
  })),
  chordMutant(
    'counts a part each time',
    'a part that arrives twice counts once, and stays as it first was',
    (store) => ({
      arrive: async (arrivals) =>
        store.arrive(
          arrivals.map((each) => ({ ...each, part: { ...each.part, taskId: crypto.randomUUID() } })),
        ),
    }),
  ),
  chordMutant('completes once only', AGAIN, (store) => ({
    async arrive(arrivals) {
      const progress = await store.arrive(arrivals);
      return progress.map((each, at) => {
        const { chordId } = arrivals[at]!;
        if (!each.complete) return each;
        if (completed.has(chordId)) return { complete: false };
        completed.add(chordId);
        return each;
      });
    },
  })),
  chordMutant('completes for every part', AGAIN, (store) => {
    let last: ChordProgress | undefined;
    return {
      arrive: async (arrivals) =>
        (await store.arrive(arrivals)).map((progress) => {
          if (progress.complete) last = progress;
          return last ?? progress;
        }),
    };
  }),
  chordMutant('does not grow', 'growing delays completion', () => ({ grow: async () => {} })),
  chordMutant('starts anew when opened again', 'opening again keeps parts and size', (store) => ({
    async open(chord) {
      await store.drop(chord.id);
      await store.open(chord);
    },
  })),
  chordMutant('knows one chord only', 'chords do not mix', (store) => ({
    open: async (chord) => store.open({ ...chord, id: 'the chord' }),
    arrive: async (arrivals) => store.arrive(arrivals.map((each) => ({ ...each, chordId: 'the chord' }))),
    drop: async () => store.drop('the chord'),
  })),
  chordMutant('drops nothing', 'a dropped chord never completes; dropping again is fine', () => ({
    drop: async () => {},
  })),
  chordMutant('keeps chords for ever', 'a chord is given up when its time is over', (store) => ({
    open: async (chord) => store.open({ ...chord, ttlMs: 600_000 }),
  })),
  chordMutant(
    'counts a member as often as it is added',
    'a member that is added twice counts once',
    (store) => ({
      grow: async (chordId, { taskId, index }) =>
        store.grow(chordId, { taskId: `${taskId} ${crypto.randomUUID()}`, index }),
    }),
  ),
  chordMutant(
    'counts without keeping results',
    'results are kept with the part that they belong to',
    (store) => ({
      arrive: async (arrivals) => store.arrive(arrivals.map((each) => ({ ...each, records: [] }))),
    }),
  ),
  chordMutant('reviews without a plan', 'a review tells what is missing, and what was planned', (store) => ({
    review: async (afterMs, limit) =>
      (await store.review(afterMs, limit)).map((each) => ({ ...each, plan: new Uint8Array() })),
  })),
  chordMutant(
    'forgets members that were added',
    'a review tells what is missing, and what was planned',
    (store) => ({
      review: async (afterMs, limit) =>
        (await store.review(afterMs, limit)).map((each) => ({
          ...each,
          missing: each.missing.filter(({ taskId }) => /^t\d$/.test(taskId)),
        })),
    }),
  ),
  chordMutant(
    'reviews all at once',
    'a review answers no more than asked, and none that is dropped',
    (store) => ({
      review: async (afterMs) => store.review(afterMs, 1000),
    }),
  ),
  chordMutant('reviews at any time', 'a review answers each chord to one caller, in its time', (store) => ({
    review: async (_, limit) => store.review(0, limit),
  })),
  chordMutant(
    'never tells what completed a chord',
    'a review tells the part that completed a chord, once that is long ago',
    (store) => ({
      review: async (afterMs, limit) =>
        (await store.review(afterMs, limit)).map(({ last: _, ...each }) => each),
    }),
  ),
  chordMutant(
    'thinks that nobody holds a message',
    'a review tells nothing of a part whose message is held',
    (store) => ({
      arrive: async (arrivals) => store.arrive(arrivals.map((each) => ({ ...each, held: false }))),
    }),
  ),
  chordMutant('reviews what has expired', 'a chord whose time is over is not reviewed', (store) => ({
    open: async (chord) => store.open({ ...chord, ttlMs: 600_000 }),
  })),
  chordMutant(
    'answers in an order of its own',
    'parts that arrive together are answered each in its place',
    (store) => ({
      arrive: async (arrivals) => (await store.arrive(arrivals)).toReversed(),
    }),
  ),
  chordMutant('takes a hundred at a time', 'a thousand parts arrive together', (store) => ({
    async arrive(arrivals) {
      const answers = await store.arrive(arrivals.slice(0, 100));
      return arrivals.map((_, at) => answers[at] ?? { complete: false });
    },
  })),
];
