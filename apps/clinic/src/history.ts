import type { Lovage } from 'lovage';
import { database, now } from './database/database.ts';

const DETAIL_MAX = 300;

/** Writes a row for each run of a task, in the process that ran it: the clinic's page shows them. */
export function recordRuns(app: Lovage): void {
  app.signals.taskPostrun.connect(async ({ taskId, task, state, retval }) => {
    const db = await database();
    const row = { task_id: taskId, task: task.name, state, detail: detailOf(retval), ended_at: now() };
    await db.insertInto('task_runs').values(row).execute();
  });
}

function detailOf(retval: unknown): string {
  const text = retval instanceof Error ? `${retval.name}: ${retval.message}` : JSON.stringify(retval ?? null);
  return text.length > DETAIL_MAX ? `${text.slice(0, DETAIL_MAX)}…` : text;
}
