import type { ScheduleStore } from '../../src/index.ts';
import { altered, type Mutant } from './mutant.ts';

function scheduleMutant(
  name: string,
  noticedBy: string,
  changes: (store: ScheduleStore) => Partial<ScheduleStore>,
): Mutant<ScheduleStore> {
  return { name, noticedBy, mutate: (store) => altered(store, changes(store)) };
}

const LISTED = 'what is put is listed, as it was, to everybody';
const REVISION = 'the revision moves with definitions only, for everybody';

export const scheduleMutants: readonly Mutant<ScheduleStore>[] = [
  scheduleMutant('keeps definitions as text', LISTED, (store) => ({
    put: async (entry) =>
      store.put({ ...entry, definition: Buffer.from(Buffer.from(entry.definition).toString('utf8')) }),
  })),
  scheduleMutant('enables everything', LISTED, (store) => ({
    put: async (entry) => store.put({ ...entry, enabled: true }),
  })),
  scheduleMutant('keeps the first definition', 'put replaces', (store) => ({
    async put(entry) {
      const known = (await store.list()).some((each) => each.name === entry.name);
      if (!known) await store.put(entry);
    },
  })),
  scheduleMutant(
    'always says that it removed',
    'remove removes, and says whether there was something',
    (store) => ({
      async remove(name) {
        await store.remove(name);
        return true;
      },
    }),
  ),
  scheduleMutant('looks before it claims', 'one of many claims an occurrence', (store) => ({
    async claimRun(name, previous, occurrence) {
      const entry = (await store.list()).find((each) => each.name === name);
      const free = entry?.lastRun === previous;
      await store.claimRun(name, previous, occurrence);
      return free;
    },
  })),
  scheduleMutant('claims whatever ran before', 'a claim from an outdated view fails', (store) => ({
    async claimRun(name, _, occurrence) {
      const entry = (await store.list()).find((each) => each.name === name);
      return store.claimRun(name, entry?.lastRun, occurrence);
    },
  })),
  scheduleMutant('claims what is not there', 'what does not exist cannot be claimed', (store) => ({
    async claimRun(name, previous, occurrence) {
      await store.claimRun(name, previous, occurrence);
      return true;
    },
  })),
  scheduleMutant('claims all at once', 'entries run independently', (store) => ({
    async claimRun(name, previous, occurrence) {
      for (const other of await store.list())
        if (other.name !== name) await store.claimRun(other.name, previous, occurrence);
      return store.claimRun(name, previous, occurrence);
    },
  })),
  scheduleMutant('starts anew when replaced', 'replacing a definition keeps its last run', (store) => ({
    async put(entry) {
      await store.remove(entry.name);
      await store.put(entry);
    },
  })),
  scheduleMutant('remembers what was removed', 'removing forgets the last run', (store) => ({
    async remove(name) {
      const entry = (await store.list()).find((each) => each.name === name);
      if (entry) await store.put({ ...entry, enabled: false });
      return entry !== undefined;
    },
  })),
  scheduleMutant('has one revision', REVISION, () => ({ revision: async () => 'the one' })),
  scheduleMutant('has a new revision each time', REVISION, () => {
    let looks = 0;
    return {
      async revision() {
        looks += 1;
        return String(looks);
      },
    };
  }),
  scheduleMutant('counts definitions', REVISION, (store) => ({
    revision: async () => String((await store.list()).length),
  })),
  scheduleMutant('counts runs', REVISION, (store) => ({
    revision: async () => JSON.stringify((await store.list()).map((each) => [each.runs, ...each.definition])),
  })),
  scheduleMutant(
    'lists nothing after close',
    "a closed store's calls reject with 'closed'; closing again is fine",
    (store) => ({
      list: async () => store.list().catch(() => []),
    }),
  ),
];
