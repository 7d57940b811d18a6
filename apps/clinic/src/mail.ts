import { Mailer, sqlSentStore } from '@lovage/mail';
import { connection } from './database/database.ts';
import { neighbour } from './environment.ts';

export const ADMIN = { name: 'Clinic administration', address: 'admin@clinic.example' };

/** Sends the clinic's e-mails, each to each recipient once, however often its task runs. */
export const mailer = new Mailer({
  url: () => neighbour('SMTP_URL'),
  from: 'The Clinic <hello@clinic.example>',
  sent: sqlSentStore(connection),
});

/** Of every task that sends mail: as many retries as `sendOrRetry` has waits for. */
export { MAIL_RETRIES, sendOrRetry } from '@lovage/mail';
