import type { TaskSelf } from '@lovage/app';
import { MailUnavailable } from './errors.ts';
import type { Mail } from './mail.ts';
import type { Mailer, Receipt } from './mailer.ts';

/** Seconds. */
const LONGEST = 600;
/** Each wait is up to this much shorter or longer, so that a thousand mails do not come back in one moment. */
const JITTER = 0.1;

/** How often a mail is tried again. */
export const MAIL_RETRIES = 5;

/**
 * Seconds until the next try: 1, 2, 4, 8 … 600, each a tenth more or less. Not Celery's jitter, which is anything between nothing and
 * that: five of its waits are 15 s in the mean, and half of all mails would not outlive a mail server that is away for as long.
 *
 * @param retries how often it was tried again already
 */
export function mailBackoff(retries: number, random: () => number = Math.random): number {
  const nominal = Math.min(2 ** retries, LONGEST);
  return Math.min(nominal * (1 - JITTER + 2 * JITTER * random()), LONGEST);
}

/**
 * Sends a mail from within a task, and has the task retried while the mail server is away. The task's id is the key, which a retry and
 * a redelivery share; a task that sends several mails says a key for each.
 *
 * @throws Retry, InvalidMail, MailRefused; MailUnavailable when no retry is left
 */
export async function sendOrRetry(
  self: TaskSelf,
  mailer: Mailer,
  mail: Mail,
  key: string = self.request.id,
): Promise<Receipt> {
  try {
    return await mailer.send(mail, { key, owner: self.request.id, signal: self.signal });
  } catch (error) {
    if (!(error instanceof MailUnavailable)) throw error;
    return self.retry({ exc: error, countdown: mailBackoff(self.request.retries) });
  }
}
