import { TaskError } from 'lovage';
import { app } from '../app.ts';
import { ADMIN, sendMail } from '../mail.ts';
import type { Verdict } from './appointments.ts';

const RETRIES = { autoretryFor: [Error], retryBackoff: true, maxRetries: 5 } as const;

/** Tells the administration how an upload went. Runs when every row of it has been looked at. */
export const reportUpload = app.task(
  { name: 'clinic.admin.report_upload', ...RETRIES },
  async (verdicts: readonly Verdict[], file: string) => {
    const wrong = verdicts.filter(({ problems }) => problems.length > 0);
    const lines = wrong.map(({ row, problems }) => `Row ${row}: ${problems.join('; ')}.`);
    await sendMail({
      to: ADMIN,
      subject: `${file}: ${verdicts.length - wrong.length} appointments taken, ${wrong.length} wrong`,
      text: `${lines.join('\n')}\n`,
    });
    return { taken: verdicts.length - wrong.length, wrong };
  },
);

/** Tells the administration that something failed for good. An errback: its first argument is the failed task's id. */
export const reportFailure = app.task(
  { name: 'clinic.admin.report_failure', ...RETRIES },
  async (taskId: string, what: string) => {
    const error = await app.asyncResult(taskId).info();
    const why = error instanceof TaskError ? `${error.type}: ${error.message}` : 'no reason is kept';
    return sendMail({ to: ADMIN, subject: `${what} failed`, text: `${why}\n\nTask ${taskId}\n` });
  },
);
