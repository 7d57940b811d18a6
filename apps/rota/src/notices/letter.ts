import { type Mail, MailUnavailable, sendOrRetry } from '@lovage/mail';
import type { TaskSelf } from 'lovage';
import { mailer, templates } from '../mail.ts';

/** Something to tell somebody. */
export interface Letter {
  readonly name: string;
  readonly email: string;
  readonly subject: string;
  readonly lines: readonly string[];
  readonly link?: { readonly url: string; readonly text: string };
}

export async function mailOf({ name, email, subject, lines, link }: Letter): Promise<Mail> {
  const { html, text } = await templates.render('notice', {
    name,
    lines,
    ...(link ? { link: link.url, link_text: link.text } : {}),
  });
  return { subject, message: text, htmlMessage: html, recipientList: [email] };
}

/** Sends each letter once; the task is retried while the mail server is away, and then sends those that are missing. */
export async function sendLetters(self: TaskSelf, letters: readonly Letter[]): Promise<void> {
  for (const letter of letters)
    await sendOrRetry(self, mailer, await mailOf(letter), `${self.request.id}:${letter.email}`);
}

/** Sends each letter, and says whether that went well for all: a notification is worth one try. Nobody to write to is no success. */
export async function tryLetters(self: TaskSelf, letters: readonly Letter[], part = ''): Promise<boolean> {
  let well = letters.length > 0;
  for (const letter of letters) {
    try {
      await mailer.send(await mailOf(letter), {
        key: `${self.request.id}${part}:${letter.email}`,
        signal: self.signal,
      });
    } catch (error) {
      self.signal.throwIfAborted();
      well = false;
      const why = error instanceof Error ? error.message : String(error);
      self.logger.warn(
        `${letter.subject}: not sent${error instanceof MailUnavailable ? ', and not tried again' : ''}: ${why}`,
      );
    }
  }
  return well;
}
