import type { ChordStore, ResultRecord } from '@lovage/contracts';
import type { Database, Run, Session } from '@lovage/postgres/kit';

/** Results as some library of Python keeps them. */
export interface PythonTables {
  /** Makes sure that the tables are there, as they must be. Rejects with DriverError 'refused', which says what to do. */
  prepare(database: Database): Promise<void>;

  /** Keeps records, but for tasks whose SUCCESS is kept. Of several for one task the first success counts, or else the last. */
  keep(run: Run, records: readonly ResultRecord[]): Promise<void>;
  fetch(run: Run, taskIds: readonly string[]): Promise<readonly ResultRecord[]>;
  forget(run: Run, taskIds: readonly string[]): Promise<void>;

  /** `payload` is JSON: `{"result": tuple}`. */
  saveGroup(run: Run, groupId: string, payload: Uint8Array): Promise<void>;
  fetchGroup(run: Run, groupId: string): Promise<Uint8Array | undefined>;
  forgetGroup(run: Run, groupId: string): Promise<void>;

  /** Deletes what ended before so many ms, of tasks and groups, as `celery.backend_cleanup` would. Answers how many. */
  sweep(run: Run, ttlMs: number, limit: number): Promise<number>;

  /** How chords are counted, with Python where it counts too. */
  chords(session: Session): ChordStore;
  /** What else there is to do about chords that have expired, before they are deleted. */
  sweepChords?(run: Run, limit: number): Promise<void>;
}
