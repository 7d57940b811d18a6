import type { ResultRecord, ResultWatch } from '@lovage/contracts';
import { Watchers } from '@lovage/contracts/kit';
import type { Session } from '../session.ts';
import { RECORD_COLUMNS, type ResultRow, toRecord } from './store.ts';

/** Rows looked through before the event loop gets a turn. */
const BATCH = 5000;

/**
 * Hears of every result by reading, after each commit that may hold one, the rows stored since the last look.
 * While nobody watches, nothing is read.
 */
export class ResultFeed {
  readonly #database: Session;
  readonly #watchers: Watchers;
  /** Ids with at least one watch. */
  #heard = 0;
  #stop: (() => void) | undefined;
  #last = 0;
  #looking = false;
  #again = false;

  constructor(database: Session, current: (taskIds: readonly string[]) => Promise<readonly ResultRecord[]>) {
    this.#database = database;
    this.#watchers = new Watchers({
      subscribe: async (taskIds) => {
        if (!this.#stop) await this.#start();
        this.#heard += taskIds.length;
      },
      unsubscribe: async (taskIds) => {
        this.#heard -= taskIds.length;
        if (this.#heard === 0) this.close();
      },
      current,
    });
  }

  watch(onRecord: (record: ResultRecord) => void): ResultWatch {
    return this.#watchers.watch(onRecord);
  }

  close(): void {
    this.#stop?.();
    this.#stop = undefined;
  }

  async #start(): Promise<void> {
    this.#last = await this.#database.read(() => newest(this.#database));
    this.#stop = this.#database.changes.on('results', () => void this.#look());
  }

  async #look(): Promise<void> {
    this.#again = true;
    if (this.#looking) return;
    this.#looking = true;
    try {
      while (this.#again && this.#stop) {
        this.#again = false;
        for (const record of await this.#database.read(() => this.#read())) this.#watchers.deliver(record);
      }
    } catch (error) {
      // The next commit makes us look again, from the same place.
      this.#database.options.log('warn', error instanceof Error ? error.message : String(error));
    } finally {
      this.#looking = false;
    }
  }

  /** The payload is read only of tasks that somebody waits for. */
  #read(): readonly ResultRecord[] {
    const rows = this.#database
      .statement(`select seq, task_id from results where seq > ? order by seq limit ${BATCH}`)
      .all(this.#last);
    const find = this.#database.statement(`select ${RECORD_COLUMNS} from results where seq = ?`);
    const records: ResultRecord[] = [];
    for (const row of rows) {
      if (!this.#watchers.isWatched(row['task_id'] as string)) continue;
      const found = find.get(row['seq'] as number) as unknown as ResultRow | undefined;
      if (found) records.push(toRecord(found));
    }
    if (rows.length > 0) this.#last = rows.at(-1)!['seq'] as number;
    if (rows.length === BATCH) this.#again = true;
    return records;
  }
}

function newest(database: Session): number {
  const row = database.statement('select last from result_sequence').get();
  return row?.['last'] as number;
}
