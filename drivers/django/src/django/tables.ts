import { DriverError } from '@lovage/contracts';
import type { Database } from '@lovage/postgres/kit';
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

/** Only Django's migrations make or change these tables. */
async function prepare(database: Database): Promise<void> {
  const found = await database.withClient(async (client) => {
    const { rows } = await client.query<{ readonly name: string; readonly columns: readonly string[] }>(
      `select c.relname as name, array_agg(a.attname::text) as columns
        from unnest($1::text[]) as n(name) join pg_class c on c.oid = to_regclass(n.name)
        join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped group by c.relname`,
      [Object.keys(TABLES)],
    );
    return new Map(rows.map(({ name, columns }) => [name, columns]));
  }, true);
  for (const [table, columns] of Object.entries(TABLES)) {
    const there = found.get(table);
    const missing = there ? columns.find((column) => !there.includes(column)) : undefined;
    if (there && !missing) continue;
    const what = missing ? `the table ${table} has no column ${missing}` : `there is no table ${table}`;
    throw new DriverError(
      'refused',
      `${database.label}: ${what}. Django's migrations make these tables: install django-celery-results 2.3 or later, ` +
        "add 'django_celery_results' to INSTALLED_APPS, and run `manage.py migrate django_celery_results`" +
        `${there ? '' : '. Check the database in the URL too, and the search_path of its user'}`,
    );
  }
}
