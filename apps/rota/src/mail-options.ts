import { InvalidMail, MAIL_RETRIES, MailRefused } from '@lovage/mail';

/** Of tasks that mail: they may run twice, for nobody is mailed twice. */
export const MAILS = {
  bind: true,
  acksLate: true,
  rejectOnWorkerLost: true,
  maxRetries: MAIL_RETRIES,
  throws: [MailRefused, InvalidMail],
} as const;
