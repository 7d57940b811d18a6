import { type Mail, MailRefused, sendOrRetry } from '@lovage/mail';
import type { TaskSelf } from 'lovage';
import { database } from '../database/index.ts';
import type { EmailType } from '../database/schema.ts';
import { mailer } from '../mail.ts';
import { adminsWanting, type Person } from '../notices/admins.ts';

/** Mails each administrator who wants this type, each once over all tries of the task. Answers how many have it. */
export async function mailAdmins(
  self: TaskSelf,
  type: EmailType,
  write: (admin: Person) => Promise<Omit<Mail, 'recipientList'>>,
): Promise<number> {
  let sent = 0;
  for (const admin of await adminsWanting(await database(), type)) {
    try {
      const mail = { ...(await write(admin)), recipientList: [admin.email] };
      await sendOrRetry(self, mailer, mail, `${self.request.id}:${admin.id}`);
      sent += 1;
    } catch (error) {
      // One administrator's full mailbox keeps nothing from the others.
      if (!(error instanceof MailRefused)) throw error;
      self.logger.warn(`${admin.email} was not told: ${error.message}`);
    }
  }
  return sent;
}
