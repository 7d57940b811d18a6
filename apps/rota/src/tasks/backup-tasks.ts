import { cleanupBackups, createBackup, pruneBackups } from '@lovage/backup';
import { app } from '../app.ts';
import { backupFolder, databaseUrl } from '../environment.ts';
import { templates } from '../mail.ts';
import { MAILS } from '../mail-options.ts';
import { mailAdmins } from '../services/mail-admins.ts';

const NAME = 'tasks.backup_tasks';
/** Seconds until the first retry; each next one waits twice as long. */
const RETRY_AFTER = 60;
const RETENTION_MONTHS = 12;

/** A backup of rota's database, checked: by pg_dump, or a copy of the SQLite file. One that fails is told of at once, and tried again. */
export const dailyPgDumpBackup = app.task(
  { name: `${NAME}.daily_pg_dump_backup`, bind: true, maxRetries: 3 },
  async (self) => {
    try {
      const { path, kind, bytes } = await createBackup({
        url: databaseUrl(),
        folder: backupFolder(),
        name: 'rota',
        signal: self.signal,
      });
      return { path, kind, bytes };
    } catch (error) {
      self.signal.throwIfAborted();
      await sendBackupFailureEmail.delay(
        error instanceof Error ? error.message : String(error),
        self.request.retries + 1,
      );
      return self.retry({ exc: error, countdown: RETRY_AFTER * 2 ** self.request.retries });
    }
  },
);

/** To the administrators who want to be told of failures. */
export const sendBackupFailureEmail = app.task(
  { ...MAILS, name: `${NAME}.send_backup_failure_email`, params: ['error', 'attempt'] },
  (self, error: string, attempt: number) =>
    mailAdmins(self, 'system_failures', async ({ name }) => {
      const what = `The backup of the rota has failed, at attempt ${attempt} of 4.`;
      const { html, text } = await templates.render('failure', { name, what, error });
      return { subject: 'The backup of the rota has failed', message: text, htmlMessage: html };
    }),
);

/** Deletes what is in no tier: 30 days, 12 weeks, 12 months, exports for 6 months. Never the only good one. */
export const cleanupOldBackups = app.task(
  { name: `${NAME}.cleanup_old_backups`, bind: true },
  async (self) => {
    const { deleted, kept, spared } = await pruneBackups({
      folder: backupFolder(),
      name: 'rota',
      signal: self.signal,
    });
    return { deleted: deleted.length, kept: kept.length, spared: spared.length };
  },
);

/** Deletes by age alone. Never the only good one. */
export const cleanupOldBackupsTask = app.task(
  { name: `${NAME}.cleanup_old_backups_task`, bind: true, params: ['retention_months'] },
  async (self, retentionMonths: number = RETENTION_MONTHS) => {
    const how = { folder: backupFolder(), name: 'rota', signal: self.signal, retentionMonths };
    const { deleted, kept, spared } = await cleanupBackups(how);
    return { deleted: deleted.length, kept: kept.length, spared: spared.length };
  },
);
