import type { ResultBackend, ResultRecord, ResultWatch } from '../../src/index.ts';
import { altered, type Mutant } from './mutant.ts';

function resultMutant(
  name: string,
  noticedBy: string,
  changes: (backend: ResultBackend) => Partial<ResultBackend>,
): Mutant<ResultBackend> {
  return { name, noticedBy, mutate: (backend) => altered(backend, changes(backend)) };
}

/** Broken in what it stores. */
function storeMutant(
  name: string,
  noticedBy: string,
  change: (records: readonly ResultRecord[]) => readonly ResultRecord[],
): Mutant<ResultBackend> {
  return resultMutant(name, noticedBy, (backend) => ({
    store: async (records) => backend.store(change(records)),
  }));
}

/** Broken in what a watch passes on. */
function hearingMutant(
  name: string,
  noticedBy: string,
  passOn: (record: ResultRecord) => boolean,
): Mutant<ResultBackend> {
  return resultMutant(name, noticedBy, (backend) => ({
    watch: async (onRecord) => backend.watch((record) => passOn(record) && onRecord(record)),
  }));
}

/** Broken in its watches. */
function watchMutant(
  name: string,
  noticedBy: string,
  changes: (watch: ResultWatch) => Partial<ResultWatch>,
): Mutant<ResultBackend> {
  return resultMutant(name, noticedBy, (backend) => ({
    async watch(onRecord) {
      const watch = await backend.watch(onRecord);
      return altered(watch, changes(watch));
    },
  }));
}

/** Store it although a success is kept. */
async function overwrite(backend: ResultBackend, records: readonly ResultRecord[]): Promise<void> {
  for (const record of records) {
    await backend.forget([record.taskId]);
    await backend.store([record]);
  }
}

export const resultMutants: readonly Mutant<ResultBackend>[] = [
  storeMutant('cuts payloads', 'what is stored is fetched, as it was', (records) =>
    records.map((record) => ({ ...record, payload: record.payload.subarray(0, 20) })),
  ),
  resultMutant('answers for what it does not know', 'only what exists is fetched', (backend) => ({
    async fetch(taskIds) {
      const found = new Map(await backend.fetch(taskIds));
      for (const taskId of taskIds)
        if (!found.has(taskId))
          found.set(taskId, { taskId, state: 'PENDING', final: false, payload: new Uint8Array() });
      return found;
    },
  })),
  storeMutant(
    'thinks a failure is not the end',
    'every state is fetched, and whether it is final',
    (records) => records.map((record) => ({ ...record, final: record.state === 'SUCCESS' })),
  ),
  storeMutant('keeps final states only', 'every state is fetched, and whether it is final', (records) =>
    records.filter((record) => record.final),
  ),
  resultMutant('keeps the first of a task', 'a later state replaces an earlier one', (backend) => ({
    async store(records) {
      const known = await backend.fetch(records.map((record) => record.taskId));
      await backend.store(records.filter((record) => !known.has(record.taskId)));
    },
  })),
  storeMutant('stores the last first', 'one call keeps its order', (records) => records.toReversed()),
  resultMutant('lets the last word win', 'a success is not overwritten by a later call', (backend) => ({
    store: async (records) => overwrite(backend, records),
  })),
  resultMutant(
    'lets the last word of a call win',
    'a success is not overwritten within its call',
    (backend) => ({
      store: async (records) => overwrite(backend, records),
    }),
  ),
  resultMutant('fetches a thousand at most', 'thousands are stored and fetched in one call', (backend) => ({
    fetch: async (taskIds) => backend.fetch(taskIds.slice(0, 1000)),
  })),
  storeMutant('cuts large payloads', 'a large result is kept', (records) =>
    records.map((record) => ({ ...record, payload: record.payload.subarray(0, 65_536) })),
  ),
  resultMutant('forgets nothing', 'what is forgotten is gone, and may come again', () => ({
    forget: async () => {},
  })),
  storeMutant('keeps everything for ever', 'a result expires when its time is over, not before', (records) =>
    records.map(({ ttlMs: _, ...record }) => record),
  ),
  storeMutant('expires too soon', 'a result expires when its time is over, not before', (records) =>
    records.map((record) => (record.ttlMs === undefined ? record : { ...record, ttlMs: 100 })),
  ),
  resultMutant('honours an expired success', 'an expired success does not stand in the way', (backend) => {
    const succeeded = new Set<string>();
    return {
      async store(records) {
        const open = records.filter((record) => !succeeded.has(record.taskId));
        for (const record of open) if (record.state === 'SUCCESS') succeeded.add(record.taskId);
        await backend.store(open);
      },
    };
  }),
  resultMutant(
    'sweeps without limit',
    'sweep deletes what has expired, at most so many, and nothing else',
    (backend) => ({
      sweep: async () => backend.sweep(1_000_000),
    }),
  ),
  resultMutant(
    'cannot store nothing',
    'nothing at all may be stored, fetched, forgotten, watched',
    (backend) => ({
      async store(records) {
        if (records.length === 0) throw new Error('nothing to store');
        await backend.store(records);
      },
    }),
  ),
  resultMutant(
    'fetches nothing after close',
    "a closed backend's calls reject with 'closed'; closing again is fine",
    (backend) => ({
      fetch: async (taskIds) => backend.fetch(taskIds).catch(() => new Map()),
    }),
  ),

  watchMutant('hears only what is stored from now on', 'a watch hears what is final already', () => ({
    add: async () => {},
  })),
  hearingMutant(
    'hears successes only',
    'a watch hears what becomes final',
    (record) => record.state === 'SUCCESS',
  ),
  hearingMutant('hears final states only', 'a watch hears of states on the way', (record) => record.final),
  resultMutant(
    'misses what is stored while it begins',
    'nothing is missed while watching begins',
    (backend) => {
      let beginning = 0;
      return {
        async watch(onRecord) {
          const watch = await backend.watch((record) => beginning === 0 && onRecord(record));
          return altered(watch, {
            async add(taskIds) {
              beginning += 1;
              await watch.add(taskIds);
              beginning -= 1;
            },
          });
        },
      };
    },
  ),
  resultMutant('hears a thousand at most', 'thousands may wait at once', (backend) => {
    let heard = 0;
    return {
      watch: async (onRecord) =>
        backend.watch((record) => {
          heard += 1;
          if (heard <= 1000) onRecord(record);
        }),
    };
  }),
  resultMutant('tells every watch of everything', 'a watch hears of its own ids only', (backend) => {
    const all = new Set<(record: ResultRecord) => void>();
    return {
      async watch(onRecord) {
        all.add(onRecord);
        return backend.watch((record) => {
          for (const each of all) each(record);
        });
      },
    };
  }),
  watchMutant('drops nothing', 'a dropped id is heard of no more, the others are', () => ({
    drop: async () => {},
  })),
  watchMutant('drops everything', 'a dropped id is heard of no more, the others are', (watch) => ({
    drop: async () => watch.close(),
  })),
  watchMutant('drops what was added again', 'a dropped id may be added again', (watch) => ({
    async drop(taskIds) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      await watch.drop(taskIds);
    },
  })),
  resultMutant('ends all watches with one', 'two watches of one id do not disturb each other', (backend) => {
    const all = new Set<ResultWatch>();
    return {
      async watch(onRecord) {
        const watch = await backend.watch(onRecord);
        all.add(watch);
        return altered(watch, {
          async close() {
            for (const each of all) await each.close();
          },
        });
      },
    };
  }),
  watchMutant('hears after close', 'a closed watch hears nothing', () => ({ close: async () => {} })),
];
