import { mailTasks, Templates } from '@lovage/mail';
import { app } from '../app.ts';
import { MAIL_RETRIES, mailer, sendOrRetry } from '../mail.ts';
import type { Doctor } from './accounts.ts';
import type { SyncedAccount } from './crm.ts';

/** What is to be said to many. */
export interface Notice {
  readonly subject: string;
  readonly text: string;
}

/** An appointment of somebody who wants to be reminded. */
export interface Reminder {
  readonly patient: string;
  readonly email: string;
  readonly doctor: string;
  readonly day: string;
  readonly time: string;
}

/** `clinic.emails.send_email_with_retry` and `clinic.emails.send_html_email`: for whatever else is to be sent. */
export const { sendEmailWithRetry, sendHtmlEmail } = mailTasks(app, {
  mailer,
  templates: new Templates(new URL('../templates/', import.meta.url)),
  prefix: 'clinic.emails',
});

const LETTER = { bind: true, maxRetries: MAIL_RETRIES } as const;

/** Greets a doctor whose account is ready. Returns whom, and the id that the message was given. */
export const sendWelcomeEmail = app.task(
  { name: 'clinic.emails.send_welcome_email', ...LETTER },
  async (self, account: SyncedAccount) => {
    const { messageId } = await sendOrRetry(self, mailer, {
      recipientList: [account.email],
      subject: 'Welcome to the clinic',
      message: `Dear ${account.name},\n\nyour account at the clinic is ready. Its number is ${account.id}.\n`,
    });
    return { account: account.id, revision: account.revision, messageId };
  },
);

/** Tells one doctor what is to be told to all. */
export const notifyDoctor = app.task(
  { name: 'clinic.emails.notify_doctor', ...LETTER },
  async (self, doctor: Doctor, { subject, text }: Notice) => {
    const mail = { recipientList: [doctor.email], subject, message: `Dear ${doctor.name},\n\n${text}\n` };
    return (await sendOrRetry(self, mailer, mail)).messageId;
  },
);

/** Reminds a patient of today's appointment: once for each, however often it is asked for. */
export const remindPatient = app.task(
  { name: 'clinic.emails.remind_patient', ...LETTER },
  async (self, { patient, email, doctor, day, time }: Reminder) => {
    const mail = {
      recipientList: [email],
      subject: `Your appointment at ${time}`,
      message: `Dear ${patient},\n\nyou are expected today, ${day}, at ${time} by ${doctor}.\n`,
    };
    const { duplicate } = await sendOrRetry(self, mailer, mail, `reminder:${doctor}:${day}:${time}`);
    return { email, duplicate };
  },
);
