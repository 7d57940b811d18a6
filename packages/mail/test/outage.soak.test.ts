import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startSmtp } from '../../../tools/services.ts';

const OUTAGE_MS = 20_000;
const MAILS = 50;

test('fifty mails outlive a mail server that is away for 20 s, each sent once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lovage-mail-outage-'));
  process.env['MAIL_DATABASE'] = `sqlite:///${join(folder, 'mail.db')}`;
  const { app, database, mails, sent } = await import('./app.ts');
  const before = await startSmtp();
  process.env['MAIL_SMTP'] = before.url;
  await before.stop();
  const worker = await app.worker();
  const results = await Promise.all(
    Array.from({ length: MAILS }, (_, index) =>
      mails.sendEmailWithRetry.delay(`Mail ${index}`, 'text', null, [`ann${index}@example.com`]),
    ),
  );
  await sleep(OUTAGE_MS);
  const smtp = await startSmtp({ port: before.port });
  await Promise.all(results.map((result) => result.get({ timeout: 60 })));
  assert.equal(smtp.mails.length, MAILS);
  assert.equal(await sent.repeats(), 0);
  await worker.stop();
  await app.close();
  await database.destroy();
  await smtp.stop();
  rmSync(folder, { recursive: true, force: true });
});
