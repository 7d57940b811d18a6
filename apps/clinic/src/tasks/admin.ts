import { TaskError } from 'lovage';
import { app } from '../app.ts';
import { ADMIN, MAIL_RETRIES, mailer, sendOrRetry } from '../mail.ts';
import type { Verdict } from './appointments.ts';

const LETTER = { bind: true, maxRetries: MAIL_RETRIES } as const;

/** Tells the administration how an upload went. Runs when every row of it has been looked at. */
export const reportUpload = app.task(
  { name: 'clinic.admin.report_upload', ...LETTER },
  async (self, verdicts: readonly Verdict[], file: string) => {
    const wrong = verdicts.filter(({ problems }) => problems.length > 0);
    const lines = wrong.map(({ row, problems }) => `Row ${row}: ${problems.join('; ')}.`);
    const taken = verdicts.length - wrong.length;
    await sendOrRetry(self, mailer, {
      recipientList: [ADMIN.address],
      subject: `${file}: ${taken} appointments taken, ${wrong.length} wrong`,
      message: `${lines.join('\n')}\n`,
    });
    return { taken, wrong };
  },
);

/** Tells the administration that something failed for good. An errback: its first argument is the failed task's id. */
export const reportFailure = app.task(
  { name: 'clinic.admin.report_failure', ...LETTER },
  async (self, taskId: string, what: string) => {
    const error = await app.asyncResult(taskId).info();
    const why = error instanceof TaskError ? `${error.type}: ${error.message}` : 'no reason is kept';
    const message = `${why}\n\nTask ${taskId}\n`;
    const mail = { recipientList: [ADMIN.address], subject: `${what} failed`, message };
    return (await sendOrRetry(self, mailer, mail)).messageId;
  },
);
