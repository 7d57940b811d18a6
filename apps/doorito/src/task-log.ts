import { randomUUID } from 'node:crypto';
import { app } from './app.ts';
import { db, type TaskRun } from './database.ts';

/** Rows that are kept. */
const KEEP = 500;

/** Each task that ends leaves a row for the page, in whichever process it ran. */
app.signals.taskPostrun.connect(async ({ task, state, retval }) => {
  const outcome = retval instanceof Error ? `${retval.name}: ${retval.message}` : JSON.stringify(retval);
  const row = {
    id: randomUUID(),
    task: task.name,
    state,
    outcome: (outcome ?? '').slice(0, 500),
    ended_at: Date.now(),
  };
  await db.insertInto('task_runs').values(row).execute();
  const oldest = db
    .selectFrom('task_runs')
    .select('ended_at')
    .orderBy('ended_at', 'desc')
    .offset(KEEP)
    .limit(1);
  await db.deleteFrom('task_runs').where('ended_at', '<=', oldest).execute();
});

/** What ended last, first. */
export async function listTaskRuns(limit = 50): Promise<TaskRun[]> {
  return await db.selectFrom('task_runs').selectAll().orderBy('ended_at', 'desc').limit(limit).execute();
}
