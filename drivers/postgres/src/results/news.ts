import type { Session } from '../database/session.ts';
import type { RecordRow } from './rows.ts';

/** The topic under which processes tell each other of results. */
export const TOPIC = 'results';

/**
 * How a task is named there: by a hash of 32 bits (FNV-1a), since each process that waits for any result hears of all.
 * Two tasks may share a word; who hears it looks.
 */
export function wordOf(taskId: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < taskId.length; i += 1) hash = Math.imul(hash ^ taskId.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(36);
}

/** Tells who waits for them of records that were committed. */
export function announceRecords(database: Session, rows: readonly RecordRow[]): void {
  announceTasks(
    database,
    rows.map(({ record }) => record.taskId),
  );
}

/** The same, by the ids of the tasks. */
export function announceTasks(database: Session, taskIds: readonly string[]): void {
  if (taskIds.length > 0) database.announcer.say(TOPIC, taskIds.map(wordOf));
}
