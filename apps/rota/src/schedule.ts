import { type BeatSchedule, crontab } from 'lovage';

/** What beat sends, in UTC. */
export const schedule = {
  'daily-backup': {
    task: 'tasks.backup_tasks.daily_pg_dump_backup',
    schedule: crontab({ hour: 3, minute: 0 }),
  },
  'cleanup-backups': {
    task: 'tasks.backup_tasks.cleanup_old_backups',
    schedule: crontab({ hour: 4, minute: 0 }),
  },
} satisfies BeatSchedule;
