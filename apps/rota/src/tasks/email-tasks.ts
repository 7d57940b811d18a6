import { InvalidMail, mailTasks } from '@lovage/mail';
import { app } from '../app.ts';
import { database } from '../database/index.ts';
import { EMAIL_TYPES, type EmailType } from '../database/schema.ts';
import { mailer, templates } from '../mail.ts';
import { MAILS } from '../mail-options.ts';
import { sendLetters } from '../notices/letter.ts';
import { linkTo } from '../services/links.ts';
import { mailAdmins } from '../services/mail-admins.ts';

const NAME = 'tasks.email_tasks';

export const { sendEmailWithRetry, sendHtmlEmail } = mailTasks(app, { mailer, templates, prefix: NAME });

/** To each administrator who wants mails of that type. Answers how many got it. */
export const sendAdminEmail = app.task(
  {
    ...MAILS,
    name: `${NAME}.send_admin_email`,
    params: ['subject', 'message', 'email_type', 'html_message'],
  },
  (self, subject: string, message: string, emailType: EmailType, htmlMessage?: string | null) => {
    if (!EMAIL_TYPES.includes(emailType))
      throw new InvalidMail(
        `email_type is ${JSON.stringify(emailType)}: it must be ${EMAIL_TYPES.join(', ')}`,
      );
    return mailAdmins(self, emailType, async () => ({ subject, message, htmlMessage }));
  },
);

/** The link to choose a new password. False where the request was used, or has ended. */
export const sendPasswordResetEmail = app.task(
  { ...MAILS, name: `${NAME}.send_password_reset_email`, params: ['reset_id'] },
  async (self, resetId: number) => {
    const db = await database();
    const reset = await db
      .selectFrom('password_reset')
      .innerJoin('account', 'account.id', 'account_id')
      .select(['account.name', 'account.email', 'expires_at'])
      .where('password_reset.id', '=', resetId)
      .where('used_at', 'is', null)
      .where('expires_at', '>', new Date().toISOString())
      .executeTakeFirst();
    if (!reset?.email) return false;
    const link = { url: linkTo('password-reset', resetId, reset.expires_at), text: 'Choose a new password' };
    const lines = [
      'somebody, perhaps you, asked for a new password for your account.',
      `The link ends at ${reset.expires_at}.`,
    ];
    await sendLetters(self, [
      { name: reset.name, email: reset.email, subject: 'A new password for the rota', lines, link },
    ]);
    return true;
  },
);

/** The link to open an account. False where the invitation was used, or has ended. */
export const sendInvitationEmail = app.task(
  { ...MAILS, name: `${NAME}.send_invitation_email`, params: ['invitation_id'] },
  async (self, invitationId: number) => {
    const db = await database();
    const invitation = await db
      .selectFrom('invitation')
      .innerJoin('account as host', 'host.id', 'invited_by')
      .select(['invitation.name', 'invitation.email', 'expires_at', 'host.name as host'])
      .where('invitation.id', '=', invitationId)
      .where('used_at', 'is', null)
      .where('expires_at', '>', new Date().toISOString())
      .executeTakeFirst();
    if (!invitation) return false;
    const { name, email, host, expires_at: expiresAt } = invitation;
    const link = { url: linkTo('invitation', invitationId, expiresAt), text: 'Open your account' };
    const lines = [`${host} invites you to the rota of the hospital.`, `The link ends at ${expiresAt}.`];
    await sendLetters(self, [{ name, email, subject: 'Your invitation to the rota', lines, link }]);
    return true;
  },
);

/** A task has failed for good. Sent by the signal task_failure, for every task but those that tell of failures. */
export const sendTaskFailureEmail = app.task(
  { ...MAILS, name: `${NAME}.send_task_failure_email`, params: ['task_name', 'task_id', 'error'] },
  (self, taskName: string, taskId: string, error: string) =>
    mailAdmins(self, 'system_failures', async ({ name }) => {
      const { html, text } = await templates.render('failure', {
        name,
        what: `The task ${taskName} has failed.`,
        error,
        task_id: taskId,
      });
      return { subject: `${taskName} failed`, message: text, htmlMessage: html };
    }),
);

/** A phase of a rota's generation has failed. */
export const sendRotaGenerationFailureEmail = app.task(
  {
    ...MAILS,
    name: `${NAME}.send_rota_generation_failure_email`,
    maxRetries: 3,
    params: ['rota_id', 'phase', 'error'],
  },
  (self, rotaId: number, phase: string, error: string) =>
    mailAdmins(self, 'system_failures', async ({ name }) => {
      const what = `Rota ${rotaId} was not generated: the phase ${phase} has failed.`;
      const { html, text } = await templates.render('failure', { name, what, error });
      return { subject: `Rota ${rotaId} was not generated`, message: text, htmlMessage: html };
    }),
);
