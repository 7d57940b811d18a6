import type { ResultBackend, ResultRecord } from '@lovage/contracts';
import type { Session } from '../session.ts';
import { dropChord, sqliteChords } from './chords.ts';
import { keyOf, prepareRecord, RECORD_COLUMNS, type ResultRow, storeRecords, toRecord } from './store.ts';
import { ResultFeed } from './watch.ts';

export function sqliteResults(database: Session): ResultBackend {
  const feed = new ResultFeed(database, fetch);

  async function fetch(taskIds: readonly string[]): Promise<readonly ResultRecord[]> {
    return database.read(() => {
      const now = Date.now();
      const find = database.statement(`select ${RECORD_COLUMNS} from results
        where key = ? and task_id = ? and (expires is null or expires > ?)`);
      const found: ResultRecord[] = [];
      for (const taskId of taskIds) {
        const row = find.get(keyOf(taskId), taskId, now) as unknown as ResultRow | undefined;
        if (row) found.push(toRecord(row));
      }
      return found;
    });
  }

  return {
    traits: { shared: true, durable: true },
    replyTo: undefined,
    chords: sqliteChords(database),

    async store(records) {
      const prepared = records.map(prepareRecord);
      await database.write(() => storeRecords(database, prepared, Date.now()));
    },

    async fetch(taskIds) {
      return new Map((await fetch(taskIds)).map((record) => [record.taskId, record]));
    },

    async watch(onRecord) {
      await database.open();
      return feed.watch(onRecord);
    },

    forget: (taskIds) =>
      database.write(() => {
        const forget = database.statement('delete from results where key = ? and task_id = ?');
        for (const taskId of taskIds) forget.run(keyOf(taskId), taskId);
      }),

    sweep: (limit) => database.write(() => sweep(database, limit)),

    async close() {
      feed.close();
      await database.close();
    },
  };
}

/** Inside a transaction. Chords count with their parts as one. */
function sweep(database: Session, limit: number): number {
  const now = Date.now();
  const results = database
    .statement('delete from results where seq in (select seq from results where expires <= ? limit ?)')
    .run(now, limit).changes;
  const chords = database
    .statement('select id from chords where expires <= ? limit ?')
    .all(now, limit - Number(results));
  for (const { id } of chords) dropChord(database, id as string);
  return Number(results) + chords.length;
}
