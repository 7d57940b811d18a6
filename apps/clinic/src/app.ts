import { Lovage } from 'lovage';
import { recordRuns } from './history.ts';

/**
 * The clinic's tasks. With nothing set they live in one SQLite file, `.lovage/lovage.db`;
 * CELERY_BROKER_URL moves them, to Redis for example.
 */
export const app = new Lovage('clinic', {
  // Others may share the broker. Callers and workers must agree on it: a worker sends the next step of a chain.
  taskDefaultQueue: 'clinic',
  // E-mails are light, and must not wait behind a report; a worker of its own may have each: see deploy/.
  taskQueues: [{ name: 'clinic' }, { name: 'emails' }, { name: 'reports' }],
  taskRoutes: { 'clinic.emails.*': { queue: 'emails' }, 'clinic.reports.*': { queue: 'reports' } },
  taskAcksLate: true,
  taskRejectOnWorkerLost: true,
  taskTrackStarted: true,
  // One task in hand per child: reports are long, and no e-mail should wait behind one.
  workerPrefetchMultiplier: 1,
});

recordRuns(app);

// Imported by workers and the command line once the app is made, so that these files can import it.
app.autodiscoverTasks('tasks/*.ts', { from: import.meta.url });
