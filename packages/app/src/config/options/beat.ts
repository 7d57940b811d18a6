/** Periodic tasks: what is sent when, and where it is kept that it was. */

import { readScheduler, type Scheduler } from '../checked-values.ts';
import { checked, dict, orNull, seconds, text } from '../kinds.ts';
import type { Setting } from '../setting.ts';
import { built, celeryOnly } from '../setting.ts';

export const BEAT = {
  beatMaxLoopInterval: built(
    seconds,
    0,
    'The longest that beat sleeps before it looks for changed entries; 0: as long as its scheduler does, 5 s.',
    { unit: 's', old: 'CELERYBEAT_MAX_LOOP_INTERVAL' },
  ),
  beatSchedule: built(
    dict,
    {},
    'Periodic tasks, by the name of each entry: `{ task, schedule, args, kwargs, options }` and [more](../periodic-tasks.md). Read by beat, and by it alone.',
    { old: 'CELERYBEAT_SCHEDULE' },
  ),
  beatScheduleFilename: built(
    text,
    '.lovage/beat.db',
    "File, of SQLite, that keeps periodic tasks where neither the broker nor the result backend can. Python's beat cannot read it, nor it Python's.",
    { old: 'CELERYBEAT_SCHEDULE_FILENAME' },
  ),
  beatScheduler: built(
    checked<Scheduler, string>('one of database, code, django', readScheduler, (name) => name),
    'database',
    "Who says what is due. database: entries are stored, put there from code and changed while it runs. code: those of the code alone, also as Celery's celery.beat:PersistentScheduler. django: rows of django-celery-beat, also as django_celery_beat.schedulers:DatabaseScheduler.",
    { old: 'CELERYBEAT_SCHEDULER' },
  ),
  lovageBeatUrl: built(
    orNull(text),
    null,
    'URL of the store that keeps periodic tasks and says which beat leads.',
    { shownDefault: "the broker's store, else that of results, else the file beatScheduleFilename" },
  ),
} as const satisfies Readonly<Record<string, Setting>>;

export const BEAT_NOT_HERE = {
  beatCronStartingDeadline: celeryOnly(
    null,
    "what becomes of runs that were missed each entry says: missed: 'run-once', 'run-all' or 'skip'",
    { old: 'CELERYBEAT_CRON_STARTING_DEADLINE' },
  ),
  beatSyncEvery: celeryOnly(0, 'each run is recorded as it is sent, so there is nothing to write later', {
    same: [1],
    old: 'CELERYBEAT_SYNC_EVERY',
  }),
} as const satisfies Readonly<Record<string, Setting>>;
