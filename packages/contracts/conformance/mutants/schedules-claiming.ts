import {
  claiming,
  claimingAnyway,
  lookingFirst,
  reading,
  scheduleMutant,
  sending,
  winnable,
} from './schedules-parts.ts';

const RACED = 'of many that claim an occurrence, one wins and sends';
const ABSENT = 'what is gone or disabled cannot be claimed';
const LAST = 'the last run disables, which is a change';
const COUNTED = 'runs counts messages, and lastSent is of the last that had any';
const FENCED = 'a smaller fence is lost for all time, an equal one goes on';

/** Due times that pass twice, or not at all, and leaders that do not know when to stop. */
export const claimingMutants = [
  scheduleMutant('looks before it claims', RACED, lookingFirst),
  scheduleMutant('sends twice', RACED, (store) => sending(store, (messages) => [...messages, ...messages])),
  scheduleMutant(
    'looks before it claims many',
    'of many that claim the same many, each is won once',
    lookingFirst,
  ),
  scheduleMutant('claims whatever ran before', 'a claim from an outdated view is lost', claimingAnyway),
  scheduleMutant('claims what is disabled', ABSENT, (store) => ({
    async claimRuns(claims, options) {
      const disabled = (await store.list()).filter(({ enabled }) => !enabled);
      await store.put(disabled.map((entry) => ({ ...entry, enabled: true })));
      const won = await store.claimRuns(claims, options);
      await store.put(disabled);
      return won;
    },
  })),
  scheduleMutant('claims what is not there', ABSENT, (store) => ({
    async claimRuns(claims, options) {
      const won = await store.claimRuns(claims, options);
      const known = new Set((await store.list()).map(({ name }) => name));
      return claims.map(({ name }, i) => won[i]! || !known.has(name));
    },
  })),
  scheduleMutant('claims all or none', 'each claim is won or lost by itself', (store) => ({
    async claimRuns(claims, options) {
      for (const claim of claims) if (!(await winnable(store, claim))) return claims.map(() => false);
      return store.claimRuns(claims, options);
    },
  })),
  scheduleMutant('claims all at the first one’s time', 'each claim is won or lost by itself', (store) => ({
    claimRuns: async (claims, options) =>
      store.claimRuns(
        claims.map((each) => ({ ...each, occurrence: claims[0]!.occurrence })),
        options,
      ),
  })),
  scheduleMutant(
    'claims an entry once a call',
    'an entry may be claimed twice in one call, in turn',
    (store) => ({
      async claimRuns(claims, options) {
        const first = claims.filter(({ name }, i) => claims.findIndex((each) => each.name === name) === i);
        const won = await store.claimRuns(first, options);
        return claims.map((claim) => won[first.indexOf(claim)] ?? false);
      },
    }),
  ),
  scheduleMutant('disables nothing', LAST, (store) =>
    claiming(store, (each) => ({ ...each, disable: false })),
  ),
  scheduleMutant('disables what it has lost', LAST, (store) => ({
    async claimRuns(claims, options) {
      const won = await store.claimRuns(claims, options);
      const entries = await Promise.all(
        claims.filter(({ disable }, i) => disable && !won[i]).map(({ name }) => store.get(name)),
      );
      await store.put(entries.flatMap((entry) => (entry ? [{ ...entry, enabled: false }] : [])));
      return won;
    },
  })),
  scheduleMutant('disables where no editor can see it', LAST, (store) =>
    reading(store, (entry) => ({
      ...entry,
      version: entry.enabled ? entry.version : String(Number(entry.version) - 1),
    })),
  ),
  scheduleMutant('counts what was not sent', COUNTED, (store) =>
    reading(store, (entry) => ({
      ...entry,
      runs: entry.lastRun === undefined ? 0 : Math.max(1, entry.runs),
    })),
  ),
  scheduleMutant('takes each run for one that sent', COUNTED, (store) =>
    reading(store, (entry) => ({ ...entry, lastSent: entry.lastRun })),
  ),
  scheduleMutant('claims a thousand at most', 'thousands are claimed in one call', (store) => ({
    async claimRuns(claims, options) {
      const won = await store.claimRuns(claims.slice(0, 1000), options);
      return claims.map((_, i) => won[i] ?? false);
    },
  })),
  scheduleMutant('knows no fence', FENCED, (store) => ({
    claimRuns: async (claims, options) => store.claimRuns(claims, { ...options, fence: 1 }),
  })),
  scheduleMutant('has a fence of its own', FENCED, (store) => {
    let largest = 0;
    return {
      async claimRuns(claims, options) {
        if (options.fence < largest) return claims.map(() => false);
        largest = options.fence;
        return store.claimRuns(claims, { ...options, fence: 1 });
      },
    };
  }),
  scheduleMutant('wants a larger fence each time', FENCED, (store) => {
    let last = 0;
    return {
      async claimRuns(claims, options) {
        if (options.fence <= last) return claims.map(() => false);
        last = options.fence;
        return store.claimRuns(claims, options);
      },
    };
  }),
  scheduleMutant('takes note of fences that win', 'a fence passes though its claims are lost', (store) => ({
    async claimRuns(claims, options) {
      for (const claim of claims) if (await winnable(store, claim)) return store.claimRuns(claims, options);
      return claims.map(() => false);
    },
  })),
  scheduleMutant(
    'lets an old leader go on',
    'of leaders that race, none wins after a later one',
    (store) => ({
      claimRuns: async (claims, options) => store.claimRuns(claims, { ...options, fence: 1 }),
    }),
  ),
];
