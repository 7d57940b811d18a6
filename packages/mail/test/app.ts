/** An app of nothing but e-mail tasks, for workers in processes of their own. Where its neighbours are is in the environment. */
import { openDatabase } from '@lovage/kysely';
import { Mailer, mailTasks, sqlSentStore, Templates } from '@lovage/mail';
import { Lovage } from 'lovage';

const env = (name: string): string => process.env[name] ?? '';

export const app = new Lovage('mails', {
  brokerUrl: env('MAIL_BROKER') || 'memory://',
  resultBackend: env('MAIL_BROKER') || 'memory://',
  lovageLeaseSeconds: 1,
  workerPrefetchMultiplier: 1,
});

export const database = openDatabase(env('MAIL_DATABASE') || 'sqlite:///:memory:');
export const sent = sqlSentStore(database);
export const mails = mailTasks(app, {
  mailer: new Mailer({ url: () => env('MAIL_SMTP'), from: 'Rota <rota@hospital.example>', sent }),
  templates: new Templates(new URL('templates/', import.meta.url)),
  prefix: 'tasks.email_tasks',
});
