import { Lovage } from 'lovage';
import { schedule } from './schedule.ts';
import { settings } from './settings.ts';

/** Rota's tasks: in one SQLite file, or where CELERY_BROKER_URL or REDIS_HOST say. */
export const app = new Lovage('rota', { ...settings(), beatSchedule: schedule });

// Imported by workers and the command line once the app is made, so that these files can import it.
app.autodiscoverTasks('tasks/*.ts', { from: import.meta.url });
