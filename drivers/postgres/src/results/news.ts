import type { Session } from '../database/session.ts';
import { idKey } from '../ids.ts';
import type { RecordRow } from './rows.ts';

/** The topic under which processes tell each other of results. */
export const TOPIC = 'results';

/**
 * How a task is named there: by the first 32 bits of its key, which are random, since each process that waits for any
 * result hears of all. Two tasks may share a word; who hears it looks.
 */
export function wordOf(key: string): string {
  return key.slice(0, 8);
}

/** Tells who waits for them of records that were committed. */
export function announceRecords(database: Session, rows: readonly RecordRow[]): void {
  if (rows.length === 0) return;
  database.announcer.say(
    TOPIC,
    rows.map(({ key }) => wordOf(key)),
  );
}

/** The same, by the ids of the tasks. */
export function announceTasks(database: Session, taskIds: readonly string[]): void {
  if (taskIds.length > 0)
    database.announcer.say(
      TOPIC,
      taskIds.map((id) => wordOf(idKey(id))),
    );
}
