/** Reports, what beat asks for, and the page. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ADMIN, type Answer, type Clinic, mailsTo, runs, until } from './stage.ts';

export function deskTests(clinic: () => Promise<Clinic>): void {
  test('a long report says how far it is', async () => {
    const stage = await clinic();
    const { json } = await stage.call('POST', '/reports', { title: 'Year', pages: 12 });
    const seen = await until(async () => {
      const { json: told } = await stage.call('GET', `/tasks/${json.task}`);
      return told.state === 'PROGRESS' && told.info;
    }, 'it is under way');
    assert.equal(seen.total, 12);
    assert.deepEqual((await stage.ended(json.task)).info, { title: 'Year', pages: 12 });
  });

  test('a PDF is whole or not there: the soft limit leaves nothing behind', async () => {
    const stage = await clinic();
    const { json } = await stage.call('POST', '/pdfs', { title: 'Month <b>', pages: 3 });
    const { info } = await stage.ended(json.task);
    assert.match(readFileSync(info.file, 'latin1'), /^%PDF-1\.\d[\s\S]*%%EOF\s*$/);
    const slow = await stage.caller.sendTask('clinic.reports.render_pdf', {
      args: ['Slow', 500, 50],
      queue: 'reports',
      softTimeLimit: 0.4,
      timeLimit: 60,
    });
    await assert.rejects(slow.get({ timeout: 60 }), { type: 'SoftTimeLimitExceeded' });
    // It has failed at once; what it has written is removed a moment later.
    const left = () => readdirSync(stage.reports).filter((file) => file.includes(slow.id));
    await until(async () => left().length === 0, 'nothing is left of it');
    const { json: letter } = await stage.call('DELETE', `/dead-letters/${slow.id}`);
    assert.deepEqual(letter.taken, [slow.id], 'its call was kept');
  });

  test('what beat asks for: reminders, the week, stale payments, cleaning', async () => {
    const stage = await clinic();
    const run = async (name: string, queue: string): Promise<Answer> =>
      (await stage.caller.sendTask(name, { queue })).get({ timeout: 60 });
    await run('clinic.appointments.send_reminders', 'clinic');
    assert.equal((await run('clinic.appointments.send_reminders', 'clinic')).reminded, 0);
    // Nine patients are in the seed, of whom six have left an address.
    const reminders = () => stage.smtp.mails.filter(({ subject }) => subject.startsWith('Your appointment'));
    await until(async () => reminders().length === 6, 'the patients are reminded, each once');
    const week = await run('clinic.reports.weekly_summary', 'reports');
    assert.ok(week.doctors >= 3);
    await until(
      async () => mailsTo(stage, ADMIN).some(({ html }) => html?.includes('<h1>The week at the clinic</h1>')),
      'the week is mailed',
    );
    const { id } = await stage.db
      .insertInto('payments')
      .values({
        order_id: 1_000_000,
        cents: 5,
        status: 'pending',
        receipt: null,
        tried_at: '2020-01-01T00:00:00.000Z',
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await run('clinic.payments.settle_pending', 'clinic');
    assert.equal((await run('clinic.payments.settle_pending', 'clinic')).sent, 0);
    await until(async () => stage.bank.charged.includes(`payment-${id}`), 'it is charged');
    await stage.db
      .insertInto('appointments')
      .values({
        patient: 'Old',
        patient_email: null,
        doctor: 'x',
        day: '2020-01-01',
        time: '09:00',
        status: 'booked',
      })
      .execute();
    await run('clinic.appointments.clean_up', 'clinic');
    const old = stage.db.selectFrom('appointments').select('status').where('patient', '=', 'Old');
    assert.equal((await old.executeTakeFirstOrThrow()).status, 'past');
  });

  test('the page shows what tasks did; calls that make no sense are refused', async () => {
    const stage = await clinic();
    await until(async () => (await runs(stage, 'clinic.debug_task')).length === 1, 'the debug task ran');
    const { json: page } = await stage.call('GET', '/');
    assert.match(page, /<td>clinic\.debug_task<\/td><td>SUCCESS<\/td>/);
    assert.match(page, /<td>emails<\/td><td>\d+<\/td>/);
    const bad = await stage.call('POST', '/doctors', {
      name: 'a\nb',
      email: 'nobody',
      licence: '',
      more: 1,
    });
    assert.equal(bad.status, 400);
    for (const field of ['name', 'email', 'licence', 'more']) assert.match(bad.json.error, new RegExp(field));
    assert.equal((await stage.call('GET', '/orders/99999999')).status, 404);
    const forged = await fetch(`${stage.url}/stock/recount`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain', origin: 'https://elsewhere.example' },
    });
    assert.equal(forged.status, 403);
  });
}
