import { Lovage } from 'lovage';
import { settings } from './environment.ts';
import { schedule } from './schedule.ts';

/**
 * doorito's tasks. Where the database is PostgreSQL, they wait there too; else in an SQLite file of their own. CELERY_BROKER_URL moves
 * them, to `sqla+postgresql://…` beside Celery for example, and CELERY_RESULT_BACKEND=django-db keeps results in Django's tables.
 */
export const app = new Lovage('doorito', {
  brokerUrl: settings.onPostgres ? settings.databaseUrl : 'sqlite:///.doorito/lovage.db',
  taskAlwaysEager: settings.env === 'development',
  taskQueues: [{ name: 'high' }, { name: 'default' }],
  taskDefaultQueue: 'default',
  // Somebody waits for a webhook; nobody for a cleanup.
  taskRoutes: { 'common.tasks.deliver_outbox_events_task': { queue: 'high' } },
  taskTimeLimit: 300,
  taskSoftTimeLimit: 240,
  taskAcksLate: true,
  taskRejectOnWorkerLost: true,
  taskTrackStarted: true,
  resultExpires: 86_400,
  resultExtended: true,
  // Stored when beat starts, and from then on changed there: `lovage schedule list`.
  beatScheduler: 'database',
  beatSchedule: schedule,
});

// Imported by workers and the command line once the app is made, so that these files can import it.
app.autodiscoverTasks(['tasks/*.ts', 'task-log.ts'], { from: import.meta.url });
