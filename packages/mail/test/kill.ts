import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDatabase } from '@lovage/kysely';
import { type LovageProcess, startWorkerOf } from '../../../tools/lovage-process.ts';
import { startSmtp } from '../../../tools/services.ts';
import { sqlSentStore } from '../src/index.ts';

const APP = fileURLToPath(new URL('app.ts', import.meta.url));
const CHILDREN = 2;

export interface KillOptions {
  readonly mails: number;
  /** A worker is killed each time that so many more have arrived. */
  readonly killAfter: readonly number[];
  readonly limitMs: number;
}

/**
 * Sends many mails and kills the worker, with SIGKILL and its children too, in the middle of them. Every mail arrives; what arrives twice
 * is what a child had handed over and could not note any more, at most one mail for each child of each killed worker.
 */
export async function killInTheMiddle({
  mails,
  killAfter,
  limitMs,
}: KillOptions): Promise<{ repeats: number; counted: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'lovage-mail-kill-'));
  const patience = AbortSignal.timeout(limitMs);
  await using smtp = await startSmtp();
  const env = {
    MAIL_BROKER: `sqlite:///${join(folder, 'queue.db')}`,
    MAIL_DATABASE: `sqlite:///${join(folder, 'mail.db')}`,
    MAIL_SMTP: smtp.url,
  };
  const start = (): Promise<LovageProcess> =>
    startWorkerOf(APP, ['-c', String(CHILDREN), '-P', 'prefork'], { env, cwd: folder });
  let worker = await start();
  Object.assign(process.env, env);
  const { app, mails: tasks } = await import('./app.ts');
  await using db = openDatabase(env.MAIL_DATABASE);
  try {
    const sent = await Promise.all(
      Array.from({ length: mails }, (_, index) =>
        tasks.sendHtmlEmail.delay(
          `Mail ${index}`,
          'welcome',
          { name: `Ann ${index}`, link: 'https://rota.example' },
          [`ann${index}@example.com`],
        ),
      ),
    );
    for (const count of killAfter) {
      await smtp.arrived(count, patience);
      await worker.kill();
      worker = await start();
    }
    const receipts = await Promise.all(sent.map((each) => each.get({ timeout: limitMs / 1000 })));
    assert.equal(receipts.filter(({ sent: whom }) => whom.length === 1).length, mails);

    const times = new Map<string, number>();
    for (const { recipients } of smtp.mails)
      for (const whom of recipients) times.set(whom, (times.get(whom) ?? 0) + 1);
    assert.equal(times.size, mails, 'every mail was sent');
    assert.equal(
      new Set(smtp.mails.map(({ messageId }) => messageId)).size,
      mails,
      'a repeat has the id of the mail that it repeats',
    );
    const repeats = smtp.mails.length - mails;
    const counted = await sqlSentStore(db).repeats();
    assert.ok(
      repeats <= counted,
      `${repeats} came twice, and ${counted} tries were noted as perhaps a repeat`,
    );
    assert.ok(
      counted <= CHILDREN * killAfter.length,
      `${counted} tries were cut off, by ${killAfter.length} kills`,
    );
    return { repeats, counted };
  } finally {
    await worker.kill();
    await app.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
