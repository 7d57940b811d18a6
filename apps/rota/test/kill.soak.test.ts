/** Two hundred invitations, and a worker that is killed in the middle of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Stage } from './stage.ts';

const MAILS = 200;

test('kill -9 of the worker in the middle of 200 invitations: each arrives, and repeats are counted', async () => {
  const stage = await Stage.start();
  try {
    const { id: by } = await stage.db
      .selectFrom('account')
      .select('id')
      .where('email', '=', 'ada@hospital.example')
      .executeTakeFirstOrThrow();
    const rows = Array.from({ length: MAILS }, (_, index) => ({
      email: `new${index}@hospital.example`,
      name: `New ${index}`,
      invited_by: by,
      expires_at: '2099-01-01T00:00:00.000Z',
      used_at: null,
    }));
    const invitations = await stage.db.insertInto('invitation').values(rows).returning('id').execute();
    const results = [];
    for (const { id } of invitations)
      results.push(
        await stage.client.sendTask<boolean>('tasks.email_tasks.send_invitation_email', { args: [id] }),
      );
    for (const count of [50, 120]) {
      await stage.smtp.arrived(count, AbortSignal.timeout(120_000));
      await stage.worker.kill();
      await stage.startWorker();
    }
    const answers = await Promise.all(results.map((result) => result.get({ timeout: 240 })));
    assert.ok(answers.every((sent) => sent === true));
    const times = Map.groupBy(stage.smtp.mails, ({ recipients }) => recipients[0]);
    assert.equal(times.size, MAILS);
    const repeats = stage.smtp.mails.length - MAILS;
    const noted = await stage.db
      .withTables<{ lovage_mail_sent: { repeats: number } }>()
      .selectFrom('lovage_mail_sent')
      .select(({ fn }) => fn.sum<number>('repeats').as('all'))
      .executeTakeFirstOrThrow();
    console.log(
      `${MAILS} invitations, two kills: ${repeats} came twice, ${noted.all} tries were cut off before they could note how they ended`,
    );
    assert.ok(repeats <= Number(noted.all) && Number(noted.all) <= 2);
  } finally {
    await stage.stop();
  }
});
