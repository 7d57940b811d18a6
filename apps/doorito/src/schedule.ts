import { type BeatSchedule, crontab } from 'lovage';
import { settings } from './environment.ts';

/** What beat sends, and when, in UTC. */
export const schedule: BeatSchedule = {
  'cleanup-expired-upload-files': {
    task: 'portal.tasks.cleanup_expired_upload_files_task',
    schedule: crontab({ minute: 0, hour: `*/${settings.cleanupUploadsIntervalHours}` }),
  },
  'deliver-outbox-events': {
    task: 'common.tasks.deliver_outbox_events_task',
    schedule: settings.outboxSweepMinutes * 60,
    // While workers were away one sweep is as good as many.
    options: { expires: settings.outboxSweepMinutes * 60 },
  },
  'cleanup-delivered-outbox-events': {
    task: 'common.tasks.cleanup_delivered_outbox_events_task',
    schedule: crontab({ minute: 30, hour: '*/6' }),
  },
  'notify-expiring-files': {
    task: 'portal.tasks.notify_expiring_files_task',
    schedule: crontab({ minute: 0 }),
  },
};
