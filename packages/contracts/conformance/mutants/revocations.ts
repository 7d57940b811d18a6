import { REVOCATIONS_KEPT, type Revocation, type RevocationStore } from '../../src/index.ts';
import { altered, type Mutant, TOO_LONG_MS } from './mutant.ts';

function revocationMutant(
  name: string,
  noticedBy: string,
  changes: (store: RevocationStore) => Partial<RevocationStore>,
): Mutant<RevocationStore> {
  return { name, noticedBy, mutate: (store) => altered(store, changes(store)) };
}

/** Broken in each revocation it adds. */
function addMutant(name: string, noticedBy: string, change: (each: Revocation) => Revocation) {
  return revocationMutant(name, noticedBy, (store) => ({
    add: async (revocations) => store.add(revocations.map(change)),
  }));
}

/** Broken in what it answers. */
function answerMutant(
  name: string,
  noticedBy: string,
  change: (revocations: readonly Revocation[], cursor: string | undefined) => readonly Revocation[],
) {
  return revocationMutant(name, noticedBy, (store) => ({
    async since(cursor) {
      const changes = await store.since(cursor);
      return { ...changes, revocations: change(changes.revocations, cursor) };
    },
  }));
}

/** One that answers, of all ends ever added for a key, the one that `choose` takes. */
function endsMutant(name: string, noticedBy: string, choose: (known: number, added: number) => number) {
  const ends = new Map<string, number>();
  return revocationMutant(name, noticedBy, (store) => ({
    async add(revocations) {
      for (const each of revocations) {
        ends.set(keyOf(each), choose(ends.get(keyOf(each)) ?? each.untilMs, each.untilMs));
      }
      await store.add(revocations);
    },
    async since(cursor) {
      const { revocations, ...rest } = await store.since(cursor);
      const told = revocations.map((each) => ({ ...each, untilMs: ends.get(keyOf(each)) ?? each.untilMs }));
      return { ...rest, revocations: told };
    },
  }));
}

const keyOf = ({ untilMs: _, ...rest }: Revocation): string => JSON.stringify(rest);

const ANSWERED = 'what is added is answered, as it was, to everybody';
const APART = 'ids, headers and values do not mix';
const LATER = 'of two ends the later wins, whichever comes last';
const RACED = 'of ends that race the latest wins';
const UNTIL = 'it is answered until its end, and then no more';
const OVER = 'what has ended when it is added is not kept, and ends nothing';
const REFUSED = 'one that cannot be kept is refused, with those beside it';
const KILLED = 'what a killed process has added stays';
const BOUND = 'when there are too many the oldest make room';
const CURSOR = 'a cursor answers what was added after it, the oldest first';
const IDLE = 'when nothing was added, a cursor answers nothing and stays';
const MOVED = 'a later end is answered to those who knew the sooner one';
const STRANGE = 'a cursor that this store never gave counts as none';
const FOLLOWED = 'whoever follows misses nothing of what many add at once';
const CLOSED = "a closed store's calls reject with 'closed'; closing again is fine";

export const revocationMutants: readonly Mutant<RevocationStore>[] = [
  revocationMutant('knows no stamps', ANSWERED, (store) => ({
    add: async (revocations) => store.add(revocations.filter((each) => each.kind === 'id')),
  })),
  addMutant('keeps whole seconds', ANSWERED, (each) => ({
    ...each,
    untilMs: Math.floor(each.untilMs / 7000) * 7000,
  })),
  revocationMutant('keeps what is added to itself', ANSWERED, () => {
    const own: Revocation[] = [];
    return {
      add: async (revocations) => void own.push(...revocations),
      since: async () => ({ revocations: own, cursor: '' }),
    };
  }),
  addMutant('takes a header for an id', APART, (each) =>
    each.kind === 'stamp' ? { kind: 'id', taskId: each.header, untilMs: each.untilMs } : each,
  ),
  addMutant('has one header', APART, (each) => (each.kind === 'stamp' ? { ...each, header: 'a' } : each)),
  endsMutant('keeps the end that was added last', LATER, (_, added) => added),
  endsMutant('keeps the end that was added first', LATER, (known) => known),
  endsMutant('keeps the sooner of ends', RACED, Math.min),
  endsMutant('adds up ends that race', RACED, (known, added) => Math.max(known, added) + 1),
  answerMutant('forgets too soon', UNTIL, (revocations) =>
    revocations.filter((each) => each.untilMs > Date.now() + 1000),
  ),
  revocationMutant('never forgets', UNTIL, (store) => ({
    add: async (revocations) =>
      store.add(revocations.map((each) => ({ ...each, untilMs: each.untilMs + TOO_LONG_MS }))),
  })),
  revocationMutant('keeps what is over', OVER, (store) => ({
    add: async (revocations) =>
      store.add(revocations.map((each) => ({ ...each, untilMs: Math.max(each.untilMs, Date.now() + 9000) }))),
  })),
  (() => {
    const ended = new Set<string>();
    return revocationMutant('forgets what is added with an end that is past', OVER, (store) => ({
      async add(revocations) {
        for (const each of revocations) if (each.untilMs < Date.now()) ended.add(keyOf(each));
        await store.add(revocations);
      },
      async since(cursor) {
        const { revocations, ...rest } = await store.since(cursor);
        return { ...rest, revocations: revocations.filter((each) => !ended.has(keyOf(each))) };
      },
    }));
  })(),
  revocationMutant('adds up to the first that is refused', REFUSED, (store) => ({
    async add(revocations) {
      for (const each of revocations) await store.add([each]);
    },
  })),
  revocationMutant('refuses without a word', REFUSED, (store) => ({
    add: async (revocations) => store.add(revocations).catch(() => {}),
  })),
  revocationMutant('adds a little later', KILLED, (store) => {
    let later: readonly Revocation[] = [];
    return {
      async add(revocations) {
        await store.add(later);
        later = revocations;
      },
    };
  }),
  answerMutant('lets the newest go when it is full', BOUND, (revocations) =>
    revocations.length >= REVOCATIONS_KEPT ? revocations.slice(0, -1) : revocations,
  ),
  (() => {
    const everything: Revocation[] = [];
    return revocationMutant('keeps everything', BOUND, (store) => ({
      async add(revocations) {
        everything.push(...revocations);
        await store.add(revocations);
      },
      async since(cursor) {
        const changes = await store.since(cursor);
        return cursor === undefined ? { ...changes, revocations: everything } : changes;
      },
    }));
  })(),
  revocationMutant('takes what is added again for new', BOUND, (store) => ({
    add: async (revocations) =>
      store.add(
        revocations.map((each) =>
          each.kind === 'id' && each.taskId === 'id 2' && revocations.length === 1
            ? { ...each, untilMs: each.untilMs + 1 }
            : each,
        ),
      ),
  })),
  answerMutant('answers the newest first', CURSOR, (revocations) => revocations.toReversed()),
  answerMutant('answers only the last', CURSOR, (revocations, cursor) =>
    cursor === undefined ? revocations : revocations.slice(-1),
  ),
  revocationMutant('answers each only once', CURSOR, (store) => {
    let cursor: string | undefined;
    return {
      async since() {
        const changes = await store.since(cursor);
        cursor = changes.cursor;
        return changes;
      },
    };
  }),
  revocationMutant('answers all to everybody', IDLE, (store) => ({
    since: async () => store.since(),
  })),
  revocationMutant('has a new cursor each time', IDLE, (store) => {
    let times = 0;
    return {
      async since(cursor) {
        times += 1;
        const changes = await store.since(cursor?.split(' ')[0]);
        return { ...changes, cursor: `${changes.cursor} ${times}` };
      },
    };
  }),
  (() => {
    const known = new Set<string>();
    return revocationMutant('takes a later end for nothing new', MOVED, (store) => ({
      async add(revocations) {
        const news = revocations.filter((each) => !known.has(keyOf(each)));
        for (const each of news) known.add(keyOf(each));
        await store.add(news);
      },
    }));
  })(),
  revocationMutant('answers nothing to a strange cursor', STRANGE, (store) => ({
    since: async (cursor) =>
      cursor === undefined || /^\d{1,14}$/.test(cursor) ? store.since(cursor) : { revocations: [], cursor },
  })),
  revocationMutant('throws at a strange cursor', STRANGE, (store) => ({
    async since(cursor) {
      if (cursor !== undefined && !/^\d+$/.test(cursor)) throw new RangeError(`no cursor: ${cursor}`);
      return store.since(cursor);
    },
  })),
  revocationMutant('answers a cursor of a moment later', FOLLOWED, (store) => ({
    async since(cursor) {
      const { revocations } = await store.since(cursor);
      await new Promise(setImmediate);
      return { revocations, cursor: (await store.since(cursor)).cursor };
    },
  })),
  revocationMutant('knows nothing after close', CLOSED, (store) => ({
    since: async (cursor) => store.since(cursor).catch(() => ({ revocations: [], cursor: '' })),
  })),
];
