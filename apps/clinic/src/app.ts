import { Lovage } from 'lovage';

/**
 * The clinic's tasks. With nothing set they live in one SQLite file, `.lovage/lovage.db`;
 * CELERY_BROKER_URL moves them, to Redis for example.
 */
export const app = new Lovage('clinic', {
  taskAcksLate: true,
  taskRejectOnWorkerLost: true,
  taskTrackStarted: true,
  // One task in hand per child: reports are long, and no e-mail should wait behind one.
  workerPrefetchMultiplier: 1,
});

// Imported when a worker or the command line asks for the tasks, so that task files can import `app`.
app.autodiscoverTasks(['tasks/*.{ts,js}'], { from: import.meta.url });
