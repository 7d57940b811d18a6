/** The tasks in a worker: what is tried again, and what is not. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { type AsyncResult, TaskError, type Worker } from 'lovage';
import { type SmtpReceiver, startSmtp } from '../../../tools/services.ts';

const PATIENCE_S = 60;
const folder = mkdtempSync(join(tmpdir(), 'lovage-mail-tasks-'));
process.env['MAIL_DATABASE'] = `sqlite:///${join(folder, 'mail.db')}`;
const { app, database, mails } = await import('./app.ts');

suite('e-mail tasks', () => {
  let smtp: SmtpReceiver;
  let worker: Worker;
  const retries: string[] = [];
  before(async () => {
    smtp = await startSmtp({
      recipient: (address) => (address.startsWith('nobody@') ? '550 no such user' : undefined),
    });
    process.env['MAIL_SMTP'] = smtp.url;
    app.signals.taskRetry.connect(({ request }) => void retries.push(request.id));
    worker = await app.worker();
  });
  after(async () => {
    await worker.stop();
    await app.close();
    await database.destroy();
    await smtp.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const value = <T>(result: AsyncResult<T>) => result.get({ timeout: PATIENCE_S });
  async function fails(result: AsyncResult<unknown>, type: string, message: RegExp): Promise<void> {
    const error = await result.get({ timeout: PATIENCE_S, propagate: false });
    assert.ok(error instanceof TaskError);
    assert.equal(error.type, type);
    assert.match(error.message, message);
    assert.ok(!retries.includes(result.id), 'it was not tried again');
  }

  test('are called by place and by name, as Python calls them', async () => {
    await value(await mails.sendEmailWithRetry.delay('By place', 'text', null, ['ann@example.com']));
    await value(
      await app.sendTask('tasks.email_tasks.send_email_with_retry', {
        kwargs: {
          subject: 'By name',
          message: 'text',
          from_email: 'Boss <boss@example.com>',
          recipient_list: ['ann@example.com'],
          html_message: '<b>text</b>',
        },
      }),
    );
    await value(
      await app.sendTask('tasks.email_tasks.send_html_email', {
        kwargs: {
          subject: 'Template',
          template_name: 'plain',
          context: { name: 'A & B' },
          recipient_list: ['ann@example.com'],
        },
      }),
    );
    assert.deepEqual(
      smtp.mails.map(({ subject, from, html }) => [subject, from, html?.trim()]),
      [
        ['By place', 'rota@hospital.example', undefined],
        ['By name', 'boss@example.com', '<b>text</b>'],
        ['Template', 'rota@hospital.example', '<p>A &amp; B</p>'],
      ],
    );
  });

  test('a key of the caller is one mail, whoever sends it', async () => {
    const send = async () =>
      value(
        await mails.sendEmailWithRetry.delay(
          'Invitation',
          'text',
          null,
          ['bo@example.com'],
          null,
          'invitation:7',
        ),
      );
    assert.deepEqual([(await send()).duplicate, (await send()).duplicate], [false, true]);
    assert.equal(smtp.mails.filter(({ subject }) => subject === 'Invitation').length, 1);
  });

  test('what the mail server refuses for good is not tried again', async () => {
    await fails(
      await mails.sendEmailWithRetry.delay('No', 'text', null, ['nobody@example.com']),
      'MailRefused',
      /^nobody@example\.com: .* 550 no such user$/,
    );
  });

  test('what is no mail is not tried at all', async () => {
    await fails(
      await mails.sendEmailWithRetry.delay('Hi\r\nBcc: eve@evil.example', 'text', null, ['ann@example.com']),
      'InvalidMail',
      /^subject has the control character/,
    );
    await fails(
      await mails.sendHtmlEmail.delay('Hi', '../../secrets', {}, ['ann@example.com']),
      'InvalidMail',
      /^template_name is/,
    );
    await fails(
      await app.sendTask('tasks.email_tasks.send_email_with_retry', { kwargs: { subject: 'x' } }),
      'InvalidMail',
      /^message is missing/,
    );
    await fails(
      await mails.sendEmailWithRetry.delay('Hi', 'text', null, ['ann@example.com'], null, ''),
      'InvalidMail',
      /^idempotency_key/,
    );
    assert.ok(!smtp.mails.some(({ raw }) => raw.includes('evil')));
  });

  test('a mail server that is away for some seconds has the mail when it is back', async () => {
    const { port } = smtp;
    await smtp.stop();
    const result = await mails.sendEmailWithRetry.delay('Patience', 'text', null, ['ann@example.com']);
    for await (const { state } of result.updates()) if (state === 'RETRY') break;
    smtp = await startSmtp({ port });
    assert.deepEqual((await value(result)).sent, ['ann@example.com']);
    assert.equal(smtp.mails.length, 1);
    assert.ok(retries.includes(result.id));
  });
});
