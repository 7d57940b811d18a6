import { app } from '../app.ts';
import { sendMail } from '../mail.ts';
import type { Doctor } from './accounts.ts';
import type { SyncedAccount } from './crm.ts';

/** What is to be said to many. */
export interface Notice {
  readonly subject: string;
  readonly text: string;
}

/** Greets a doctor whose account is ready. Returns whom, and the id that the message was given. */
export const sendWelcomeEmail = app.task(
  { name: 'clinic.emails.send_welcome_email', autoretryFor: [Error], retryBackoff: true, maxRetries: 5 },
  async (account: SyncedAccount) => {
    const messageId = await sendMail({
      to: { name: account.name, address: account.email },
      subject: 'Welcome to the clinic',
      text: `Dear ${account.name},\n\nyour account at the clinic is ready. Its number is ${account.id}.\n`,
    });
    return { account: account.id, revision: account.revision, messageId };
  },
);

/** Tells one doctor what is to be told to all. */
export const notifyDoctor = app.task(
  { name: 'clinic.emails.notify_doctor', autoretryFor: [Error], retryBackoff: true, maxRetries: 5 },
  async (doctor: Doctor, { subject, text }: Notice) =>
    sendMail({
      to: { name: doctor.name, address: doctor.email },
      subject,
      text: `Dear ${doctor.name},\n\n${text}\n`,
    }),
);
