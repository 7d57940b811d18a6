import type { ScheduleChange } from '../../src/index.ts';
import { reading, scheduleMutant } from './schedules-parts.ts';

const LISTED = 'what is put is listed, as it was, by name, to everybody';
const REVISION = 'the revision moves with definitions only, for everybody';
const REMOVED = 'remove removes, and says of each whether it was there';
const VERSION = 'the version moves with definitions, not with runs';
const GONE = 'a version that is gone never comes back';

const asText = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

/** What `replaces` says, looked at by the caller. */
const over = ({ replaces, ...change }: ScheduleChange, version: string | undefined) =>
  replaces === undefined || replaces === (version ?? null) ? change : undefined;

/** Definitions, versions and revisions that are not as they should be. */
export const definingMutants = [
  scheduleMutant('keeps definitions as text', LISTED, (store) => ({
    put: async (changes) =>
      store.put(changes.map((each) => ({ ...each, definition: Buffer.from(asText(each.definition)) }))),
  })),
  scheduleMutant('enables everything', LISTED, (store) => ({
    put: async (changes) => store.put(changes.map((each) => ({ ...each, enabled: true }))),
  })),
  scheduleMutant('sets its own clock to an entry', LISTED, (store) => ({
    put: async (changes) => store.put(changes.map((each) => ({ ...each, since: Date.now() }))),
  })),
  scheduleMutant('lists as a dictionary would', LISTED, (store) => ({
    list: async () => [...(await store.list())].sort((a, b) => a.name.localeCompare(b.name)),
  })),
  scheduleMutant('gets the first', 'one is got by its name', (store) => ({
    get: async () => (await store.list())[0],
  })),
  scheduleMutant('cuts names', 'a name may be any text', (store) => ({
    put: async (changes) => store.put(changes.map((each) => ({ ...each, name: each.name.slice(0, 100) }))),
  })),
  scheduleMutant('loses a name that objects have', 'a name may be any text', (store) => ({
    async list() {
      const byName: Record<string, Awaited<ReturnType<typeof store.list>>[number]> = {};
      for (const entry of await store.list()) byName[entry.name] = entry;
      return Object.values(byName);
    },
  })),
  scheduleMutant('keeps the first definition', 'put replaces', (store) => ({
    async put(changes) {
      const known = new Set((await store.list()).map(({ name }) => name));
      await store.put(changes.filter(({ name }) => !known.has(name)));
      return changes.map(() => true);
    },
  })),
  scheduleMutant('starts anew when replaced', 'replacing a definition keeps what it has run', (store) => ({
    async put(changes) {
      await store.remove(changes.map(({ name }) => name));
      return store.put(changes);
    },
  })),
  scheduleMutant('always says that it removed', REMOVED, (store) => ({
    async remove(names) {
      await store.remove(names);
      return names.map(() => true);
    },
  })),
  scheduleMutant('removes the first', REMOVED, (store) => ({
    async remove(names) {
      const answers = names.map(() => false);
      return answers.with(0, (await store.remove(names.slice(0, 1)))[0] ?? false);
    },
  })),
  scheduleMutant('remembers what was removed', 'removing forgets the last run', (store) => ({
    async remove(names) {
      const entries = (await store.list()).filter(({ name }) => names.includes(name));
      return store.put(entries.map((entry) => ({ ...entry, enabled: false })));
    },
  })),
  scheduleMutant('puts one after the other', 'what one put makes is there all at once', (store) => ({
    async put(changes) {
      const answers: boolean[] = [];
      for (let from = 0; from < changes.length; from += 100) {
        answers.push(...(await store.put(changes.slice(from, from + 100))));
        await new Promise(setImmediate);
      }
      return answers;
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
    revision: async () => JSON.stringify((await store.list()).map((each) => [each.lastRun, each.version])),
  })),
  scheduleMutant(
    'lists nothing after close',
    "a closed store's calls reject with 'closed'; closing again is fine",
    (store) => ({ list: async () => store.list().catch(() => []) }),
  ),
  scheduleMutant('has another version after each run', VERSION, (store) =>
    reading(store, (entry) => ({ ...entry, version: `${entry.version} ${entry.lastRun}` })),
  ),
  scheduleMutant('has one version for all', VERSION, (store) => ({
    async get(name) {
      const entry = await store.get(name);
      return entry && { ...entry, version: await store.revision() };
    },
  })),
  scheduleMutant('knows a version by what it says', GONE, (store) => ({
    ...reading(store, (entry) => ({ ...entry, version: asText(entry.definition) })),
    async put([change]) {
      const now = await store.get(change!.name);
      const allowed = over(change!, now && asText(now.definition));
      return allowed ? store.put([allowed]) : [false];
    },
  })),
  scheduleMutant('makes again what is gone', GONE, (store) => ({
    async put(changes) {
      const known = new Set((await store.list()).map(({ name }) => name));
      return store.put(changes.map((each) => (known.has(each.name) ? each : { ...each, replaces: null })));
    },
  })),
  scheduleMutant('looks before it puts', 'of editors that race, one wins', (store) => ({
    async put([change]) {
      const allowed = over(change!, (await store.get(change!.name))?.version);
      return allowed ? store.put([allowed]) : [false];
    },
  })),
  scheduleMutant('looks before it makes', 'of those that make an entry at once, one makes it', (store) => ({
    async put([change]) {
      const allowed = over(change!, (await store.get(change!.name))?.version);
      return allowed ? store.put([allowed]) : [false];
    },
  })),
  scheduleMutant('makes all or none', 'each change is made or not by itself, in turn', (store) => ({
    async put(changes) {
      for (const change of changes) {
        if (!over(change, (await store.get(change.name))?.version)) return changes.map(() => false);
      }
      return store.put(changes);
    },
  })),
];
