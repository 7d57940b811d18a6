import type { App, NamedTaskOptions, Task, TaskSelf } from '@lovage/app';
import { InvalidMail, MailRefused } from './errors.ts';
import type { Mailer, Receipt } from './mailer.ts';
import { MAIL_RETRIES, sendOrRetry } from './retry.ts';
import type { Templates } from './templates.ts';

export interface MailTasksOptions {
  readonly mailer: Mailer;
  /** For `sendHtmlEmail`. */
  readonly templates: Templates;
  /** What the tasks' names begin with, default `lovage.mail`: `tasks.email_tasks` makes `tasks.email_tasks.send_html_email`. */
  readonly prefix?: string;
  /** Of both tasks: a queue, a rate limit, another number of retries. */
  readonly task?: Omit<NamedTaskOptions, 'name' | 'bind' | 'params' | 'schema'>;
}

type Nullable<T> = T | null | undefined;

export interface MailTasks {
  /** Sends text, and HTML where it is given. By name: subject, message, from_email, recipient_list, html_message, idempotency_key. */
  readonly sendEmailWithRetry: Task<
    [
      subject: string,
      message: string,
      fromEmail: Nullable<string>,
      recipientList: readonly string[],
      htmlMessage?: Nullable<string>,
      idempotencyKey?: Nullable<string>,
    ],
    Receipt
  >;
  /** Sends a template. By name: subject, template_name, context, recipient_list, from_email, idempotency_key. */
  readonly sendHtmlEmail: Task<
    [
      subject: string,
      templateName: string,
      context: Readonly<Record<string, unknown>>,
      recipientList: readonly string[],
      fromEmail?: Nullable<string>,
      idempotencyKey?: Nullable<string>,
    ],
    Receipt
  >;
}

/** A key is a table's, and shown in logs. */
const MAX_KEY = 200;

/**
 * Defines the e-mail tasks of an app. They are acknowledged late and run again when their worker dies: what the mail server has taken
 * is not sent again. A mail server that is away is tried again after about 1, 2, 4, 8 and 16 s; its refusals are final.
 *
 * @example
 * export const { sendEmailWithRetry } = mailTasks(app, { mailer, templates });
 * await sendEmailWithRetry.delay('Hello', 'How are you?', null, ['ann@example.com']);
 */
export function mailTasks(
  app: App,
  { mailer, templates, prefix = 'lovage.mail', task = {} }: MailTasksOptions,
): MailTasks {
  const options = {
    maxRetries: MAIL_RETRIES,
    acksLate: true,
    rejectOnWorkerLost: true,
    throws: [MailRefused, InvalidMail],
    ...task,
    bind: true,
  } as const;
  return {
    sendEmailWithRetry: app.task(
      {
        ...options,
        name: `${prefix}.send_email_with_retry`,
        params: ['subject', 'message', 'from_email', 'recipient_list', 'html_message', 'idempotency_key'],
      },
      (
        self: TaskSelf,
        subject: string,
        message: string,
        fromEmail: Nullable<string>,
        recipientList: readonly string[],
        htmlMessage?: Nullable<string>,
        idempotencyKey?: Nullable<string>,
      ) =>
        sendOrRetry(
          self,
          mailer,
          { subject, message, fromEmail, recipientList, htmlMessage },
          keyOf(self, idempotencyKey),
        ),
    ),
    sendHtmlEmail: app.task(
      {
        ...options,
        name: `${prefix}.send_html_email`,
        params: ['subject', 'template_name', 'context', 'recipient_list', 'from_email', 'idempotency_key'],
      },
      async (
        self: TaskSelf,
        subject: string,
        templateName: string,
        context: Readonly<Record<string, unknown>>,
        recipientList: readonly string[],
        fromEmail?: Nullable<string>,
        idempotencyKey?: Nullable<string>,
      ) => {
        const { html, text } = await templates.render(templateName, context);
        const mail = { subject, message: text, fromEmail, recipientList, htmlMessage: html };
        return sendOrRetry(self, mailer, mail, keyOf(self, idempotencyKey));
      },
    ),
  };
}

function keyOf(self: TaskSelf, given: Nullable<string>): string {
  if (given == null) return self.request.id;
  if (typeof given === 'string' && given !== '' && given.length <= MAX_KEY) return given;
  throw new InvalidMail(`idempotency_key must be text of 1 to ${MAX_KEY} characters`);
}
