/** E-mail tasks: retried while the mail server is away, refused when it never will, and nobody is mailed twice. */
export { InvalidMail, MailRefused, MailUnavailable } from './errors.ts';
export type { Mail, MailLimits } from './mail.ts';
export { Mailer, type MailerOptions, type Receipt, type SendOptions } from './mailer.ts';
export { MAIL_RETRIES, mailBackoff, sendOrRetry } from './retry.ts';
export { type SqlSentStoreOptions, sqlSentStore } from './sent/sql-store.ts';
export type { Ending, SentStore, Standing } from './sent/store.ts';
export { type MailTasks, type MailTasksOptions, mailTasks } from './tasks.ts';
export { type Rendered, Templates } from './templates.ts';
