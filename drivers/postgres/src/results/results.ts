import type { ResultBackend, ResultRecord } from '@lovage/contracts';
import { uuidArray } from '../database/arrays.ts';
import type { Session } from '../database/session.ts';
import { sharing } from '../database/sharing.ts';
import { NOW_MS, repeatable } from '../database/statement.ts';
import { idKey } from '../ids.ts';
import { postgresChords, sweepChords } from './chords.ts';
import { announceRecords } from './news.ts';
import {
  type KeptRecord,
  RECORD_COLUMNS,
  type RecordRow,
  recordColumns,
  STORE,
  toRecord,
  toRecordRow,
} from './rows.ts';
import { ResultFeed } from './watch.ts';

/** Records and ids of one statement. */
const BATCH = 1000;

const FETCH = repeatable(
  'fetch',
  `select ${RECORD_COLUMNS} from lovage.results where task = any($1::uuid[]) and (expires is null or expires > ${NOW_MS})`,
);
const FORGET = repeatable('forget', 'delete from lovage.results where task = any($1::uuid[])');
const SWEEP = repeatable(
  'sweep',
  `with gone as (delete from lovage.results where task = any (array(
      select task from lovage.results where expires / 60000 <= ${NOW_MS} / 60000 and expires <= ${NOW_MS} limit $1)) returning 1)
    select count(*)::int as gone from gone`,
  { limitMs: 60_000 },
);

export function postgresResults(database: Session): ResultBackend {
  const store = sharing<readonly RecordRow[], void>(
    async (calls) => {
      const rows = calls.flat();
      await database.run(STORE, recordColumns(rows));
      announceRecords(database, rows);
      return calls.map(() => undefined);
    },
    { maxItems: BATCH, concurrency: 2 },
  );

  async function fetch(taskIds: readonly string[]): Promise<readonly ResultRecord[]> {
    const rows = await database.run<KeptRecord>(FETCH, [uuidArray(taskIds.map(idKey))]);
    return rows.map(toRecord);
  }

  const feed = new ResultFeed(database, fetch);

  return {
    traits: { shared: true, durable: true },
    replyTo: undefined,
    chords: postgresChords(database),

    async store(records) {
      const rows = records.map(toRecordRow);
      for (let from = 0; from < rows.length; from += BATCH) await store(rows.slice(from, from + BATCH));
    },

    async fetch(taskIds) {
      const found = new Map<string, ResultRecord>();
      for (let from = 0; from < taskIds.length || from === 0; from += BATCH) {
        for (const record of await fetch(taskIds.slice(from, from + BATCH))) found.set(record.taskId, record);
      }
      return found;
    },

    async watch(onRecord) {
      await database.open();
      return feed.watch(onRecord);
    },

    async forget(taskIds) {
      await database.run(FORGET, [uuidArray(taskIds.map(idKey))]);
    },

    /** Chords count with their parts as one. */
    async sweep(limit) {
      const [row] = await database.run<{ readonly gone: number }>(SWEEP, [limit]);
      return row!.gone + (await sweepChords(database, limit - row!.gone));
    },

    async close() {
      await feed.close();
      await database.close();
    },
  };
}
