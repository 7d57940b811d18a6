import type { ChordStore } from '../../src/index.ts';
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
    async arrive(chordId, part) {
      const progress = await store.arrive(chordId, part);
      return progress.complete ? { ...progress, parts: progress.parts.toReversed() } : progress;
    },
  })),
  chordMutant('never completes', COMPLETES, (store) => ({
    async arrive(chordId, part) {
      await store.arrive(chordId, part);
      return { complete: false };
    },
  })),
  chordMutant('waits for a second part', 'a chord of one completes at once', (store) => ({
    open: async (chordId, size, ttlMs) => store.open(chordId, Math.max(2, size), ttlMs),
  })),
  chordMutant('forgets how parts ended', 'parts come back as they arrived', (store) => ({
    arrive: async (chordId, part) => store.arrive(chordId, { ...part, state: 'SUCCESS' }),
  })),
  chordMutant(
    'counts a part each time',
    'a part that arrives twice counts once, and stays as it first was',
    (store) => {
      let arrivals = 0;
      return {
        async arrive(chordId, part) {
          arrivals += 1;
          return store.arrive(chordId, { ...part, taskId: `${part.taskId} ${arrivals}` });
        },
      };
    },
  ),
  chordMutant('completes once only', AGAIN, (store) => ({
    async arrive(chordId, part) {
      const progress = await store.arrive(chordId, part);
      if (!progress.complete) return progress;
      if (completed.has(chordId)) return { complete: false };
      completed.add(chordId);
      return progress;
    },
  })),
  chordMutant('completes for every part', AGAIN, (store) => {
    let last: Awaited<ReturnType<ChordStore['arrive']>> | undefined;
    return {
      async arrive(chordId, part) {
        const progress = await store.arrive(chordId, part);
        if (progress.complete) last = progress;
        return last ?? progress;
      },
    };
  }),
  chordMutant('does not grow', 'growing delays completion', () => ({ grow: async () => {} })),
  chordMutant('starts anew when opened again', 'opening again keeps parts and size', (store) => ({
    async open(chordId, size, ttlMs) {
      await store.drop(chordId);
      await store.open(chordId, size, ttlMs);
    },
  })),
  chordMutant('knows one chord only', 'chords do not mix', (store) => ({
    open: async (_, size, ttlMs) => store.open('the chord', size, ttlMs),
    arrive: async (_, part) => store.arrive('the chord', part),
    drop: async () => store.drop('the chord'),
  })),
  chordMutant('drops nothing', 'a dropped chord never completes; dropping again is fine', () => ({
    drop: async () => {},
  })),
  chordMutant('keeps chords for ever', 'a chord is given up when its time is over', (store) => ({
    open: async (chordId, size) => store.open(chordId, size, 600_000),
  })),
];
