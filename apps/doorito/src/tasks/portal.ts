import { app } from '../app.ts';
import { deleteExpired, notifyExpiring } from '../portal/expiry.ts';

const RETRY = { autoretryFor: [Error], maxRetries: 2, defaultRetryDelay: 60 } as const;

/** Removes a batch of files whose time is over, from disk and database. One that is gone from the disk already is no error. */
export const cleanupExpiredUploadFiles = app.task(
  { name: 'portal.tasks.cleanup_expired_upload_files_task', ...RETRY },
  async (): Promise<{ deleted: number; remaining: number }> => {
    const report = await deleteExpired();
    if (report.deleted > 0 && report.remaining > 0) await cleanupExpiredUploadFiles.delay();
    return report;
  },
);

/** Emits `file.expiring` once for each file that soon goes. */
export const notifyExpiringFiles = app.task(
  { name: 'portal.tasks.notify_expiring_files_task', ...RETRY },
  async (): Promise<{ notified: number; skipped: number }> => await notifyExpiring(),
);
