import type { OutgoingMessage, RunClaim, ScheduleStore, StoredSchedule } from '../../src/index.ts';
import { altered, type Mutant } from './mutant.ts';

export function scheduleMutant(
  name: string,
  noticedBy: string,
  changes: (store: ScheduleStore) => Partial<ScheduleStore>,
): Mutant<ScheduleStore> {
  return { name, noticedBy, mutate: (store) => altered(store, changes(store)) };
}

/** The store with entries that are read otherwise than they are. */
export function reading(
  store: ScheduleStore,
  change: (entry: StoredSchedule) => StoredSchedule,
): Partial<ScheduleStore> {
  return {
    list: async () => (await store.list()).map(change),
    async get(name) {
      const entry = await store.get(name);
      return entry && change(entry);
    },
  };
}

/** The store with claims that are made otherwise than they were asked for. */
export function claiming(
  store: ScheduleStore,
  change: (claim: RunClaim) => RunClaim,
): Partial<ScheduleStore> {
  return { claimRuns: async (claims, options) => store.claimRuns(claims.map(change), options) };
}

/** The store with claims that send something else. */
export function sending(
  store: ScheduleStore,
  change: (messages: readonly OutgoingMessage[]) => readonly OutgoingMessage[],
): Partial<ScheduleStore> {
  return claiming(store, (claim) => ({ ...claim, messages: change(claim.messages) }));
}

/** Whether the claim would be won now, as far as its entry says. */
export async function winnable(store: ScheduleStore, { name, previous }: RunClaim): Promise<boolean> {
  const entry = await store.get(name);
  return entry?.enabled === true && entry.lastRun === previous;
}

/** The store, answering what looked as if it would be won before it was claimed. */
export const lookingFirst = (store: ScheduleStore): Partial<ScheduleStore> => ({
  async claimRuns(claims, options) {
    const looked: boolean[] = [];
    for (const claim of claims) looked.push(await winnable(store, claim));
    await store.claimRuns(claims, options);
    return looked;
  },
});

/** The store, claiming from what it reads where it was told something else. */
export const claimingAnyway = (store: ScheduleStore): Partial<ScheduleStore> => ({
  async claimRuns(claims, options) {
    const won = [...(await store.claimRuns(claims, options))];
    for (const [i, claim] of claims.entries()) {
      const entry = won[i] ? undefined : await store.get(claim.name);
      if (entry) [won[i] = false] = await store.claimRuns([{ ...claim, previous: entry.lastRun }], options);
    }
    return won;
  },
});
