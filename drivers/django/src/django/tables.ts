import type { Database } from '@lovage/postgres/kit';
import { columnsOf, requireColumns } from '../columns.ts';
import type { PythonTables } from '../tables.ts';
import { djangoChords, forgetExpired } from './chords.ts';
import { fetchGroup, forgetGroup, saveGroup, sweepGroups } from './groups.ts';
import { fetchTasks, forgetTasks, keepTasks, sweepTasks } from './tasks.ts';

/** Those of django-celery-results, as its migrations up to 0011 (version 2.3) made them, and the columns that came last. */
const TABLES = {
  django_celery_results_taskresult: ['periodic_task_name', 'worker', 'date_created', 'meta'],
  django_celery_results_groupresult: ['group_id', 'result', 'date_done'],
  django_celery_results_chordcounter: ['group_id', 'sub_tasks', 'count'],
} as const;

export const djangoTables: PythonTables = {
  prepare,
  keep: keepTasks,
  fetch: fetchTasks,
  forget: forgetTasks,
  saveGroup,
  fetchGroup,
  forgetGroup,
  async sweep(run, ttlMs, limit) {
    const tasks = await sweepTasks(run, ttlMs, limit);
    return tasks < limit ? tasks + (await sweepGroups(run, ttlMs, limit - tasks)) : tasks;
  },
  chords: djangoChords,
  sweepChords: forgetExpired,
};

async function prepare(database: Database): Promise<void> {
  const found = await columnsOf(database, Object.keys(TABLES));
  requireColumns(database, found, TABLES, 'django-celery-results 2.3');
}
