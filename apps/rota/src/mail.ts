import { Mailer, sqlSentStore, Templates } from '@lovage/mail';
import { app } from './app.ts';
import { unmigrated } from './database/index.ts';
import { mailFrom, smtpUrl } from './environment.ts';

/** Sends rota's mails, each to each once: who was sent what is beside the rest, in rota's database. */
export const mailer = new Mailer({
  url: smtpUrl,
  from: mailFrom(),
  sent: sqlSentStore(unmigrated),
  warn: (message) => app.logger.warn(message),
});

export const templates = new Templates(new URL('templates/', import.meta.url));
