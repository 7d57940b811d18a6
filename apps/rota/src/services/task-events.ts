import type { Lovage } from 'lovage';
import { database } from '../database/index.ts';

/** Kept for so long, in ms. */
const KEPT_MS = 7 * 24 * 3_600_000;
/** One in so many removes what is older. */
const SWEEP_EVERY = 500;
const LONGEST = 300;

/** Notes what every task of this process did, for the page. A note that fails is logged, and is nothing to the task. */
export function recordTasks(app: Lovage): void {
  let noted = 0;
  app.signals.taskPostrun.connect(async ({ taskId, task, retval, state }) => {
    const db = await database();
    const at = new Date();
    const event = { task_id: taskId, name: task.name, state, detail: detailOf(retval), at: at.toISOString() };
    await db.insertInto('task_event').values(event).execute();
    noted += 1;
    if (noted % SWEEP_EVERY !== 0) return;
    const before = new Date(at.getTime() - KEPT_MS).toISOString();
    await db.deleteFrom('task_event').where('at', '<', before).execute();
  });
}

function detailOf(retval: unknown): string {
  const text = retval instanceof Error ? `${retval.name}: ${retval.message}` : (JSON.stringify(retval) ?? '');
  return text.slice(0, LONGEST);
}

/** The newest first. */
export async function recentEvents(limit: number) {
  return (await database()).selectFrom('task_event').selectAll().orderBy('id', 'desc').limit(limit).execute();
}

/** How often each task ended how. */
export async function eventCounts() {
  return (await database())
    .selectFrom('task_event')
    .select(['name', 'state', ({ fn }) => fn.countAll<number>().as('times')])
    .groupBy(['name', 'state'])
    .orderBy('name')
    .orderBy('state')
    .execute();
}
