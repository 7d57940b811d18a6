import type { ResultBackend, ResultRecord } from '@lovage/contracts';
import { announceTasks, ResultFeed, type Session, sharing, sweepChords } from '@lovage/postgres/kit';
import type { PythonDatabase } from './python-database.ts';
import type { PythonTables } from './tables.ts';

/** Records and ids of one statement. */
const BATCH = 1000;

/**
 * Results in Python's tables. Who waits in Lovage is told of what Lovage keeps, and looks for what Python does.
 *
 * @param ttlMs how long results are kept: the tables have no time for each. For ever when undefined.
 */
export function pythonResults(
  bare: Session,
  database: PythonDatabase,
  tables: PythonTables,
  ttlMs: number | undefined,
): ResultBackend {
  const session = database.withTables(bare, tables);
  const ours = database.withOurTables(session);
  const store = sharing<readonly ResultRecord[], void>(
    async (calls) => {
      const records = calls.flat();
      await session.open(); // What columns there are must be known.
      await tables.keep(session.run, records);
      announceTasks(
        session,
        records.map(({ taskId }) => taskId),
      );
      return calls.map(() => undefined);
    },
    { maxItems: BATCH, concurrency: 2 },
  );
  const fetch = async (taskIds: readonly string[]): Promise<readonly ResultRecord[]> => {
    await session.open();
    return tables.fetch(session.run, taskIds);
  };
  const feed = new ResultFeed(session, fetch);

  return {
    traits: { shared: true, durable: true },
    replyTo: undefined,
    chords: tables.chords(ours),
    groups: {
      save: (groupId, payload) => tables.saveGroup(session.run, groupId, payload),
      fetch: (groupId) => tables.fetchGroup(session.run, groupId),
      forget: (groupId) => tables.forgetGroup(session.run, groupId),
    },

    async store(records) {
      for (let from = 0; from < records.length; from += BATCH) await store(records.slice(from, from + BATCH));
    },

    async fetch(taskIds) {
      const found = new Map<string, ResultRecord>();
      for (let from = 0; from < taskIds.length || from === 0; from += BATCH) {
        const records = await fetch(taskIds.slice(from, from + BATCH));
        for (const record of records) found.set(record.taskId, record);
      }
      return found;
    },

    async watch(onRecord) {
      await session.open();
      return feed.watch(onRecord);
    },

    async forget(taskIds) {
      await tables.forget(session.run, taskIds);
    },

    /** Chords count with their parts as one. */
    async sweep(limit) {
      await session.open();
      const gone = ttlMs === undefined ? 0 : await tables.sweep(session.run, ttlMs, limit);
      await tables.sweepChords?.(ours.run, limit);
      return gone + (await sweepChords(ours, limit - gone));
    },

    async close() {
      await feed.close();
      await session.close();
    },
  };
}
