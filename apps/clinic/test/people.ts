/** Doctors and appointments: chain, group, chord. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ADMIN, type Answer, type Clinic, mailsTo, until } from './stage.ts';

export function peopleTests(clinic: () => Promise<Clinic>): void {
  test('a doctor is onboarded: account, CRM when it says so, welcome e-mail', async () => {
    const stage = await clinic();
    const doctor = { name: 'Dora Blau', email: 'dora@clinic.example', licence: 'M-1' };
    const { status, json } = await stage.call('POST', '/doctors', doctor);
    assert.equal(status, 202);
    const { state, info } = await stage.ended(json.task);
    assert.deepEqual([state, info.revision], ['SUCCESS', 3]);
    const tries = stage.crm.tries.get('M-1')!;
    assert.deepEqual(
      tries.map(({ answered }) => answered),
      [429, 503, 200],
    );
    assert.ok(tries[1]!.atMs - tries[0]!.atMs >= 1000, 'it waited as long as Retry-After says');
    const [mail] = mailsTo(stage, doctor.email).filter(({ subject }) => subject === 'Welcome to the clinic');
    assert.match(mail!.text, new RegExp(`Its number is ${info.account}\\.`));
    const row = await stage.db
      .selectFrom('doctors')
      .selectAll()
      .where('id', '=', info.account)
      .executeTakeFirstOrThrow();
    assert.deepEqual([row.name, row.crm_revision], ['Dora Blau', 3]);
  });

  test('a chain that failed for good goes on where it was, once its letter is redriven', async () => {
    const stage = await clinic();
    stage.crm.withdrawn.add('M-2');
    const doctor = { name: 'Emil Rot', email: 'emil@clinic.example', licence: 'M-2' };
    const { json } = await stage.call('POST', '/doctors', doctor);
    const failed = await stage.ended(json.task);
    assert.match(failed.error!, /^CrmRefused: licence M-2 was withdrawn/);
    await until(
      async () => mailsTo(stage, ADMIN).some(({ subject }) => subject === 'Onboarding Emil Rot failed'),
      'the administration is told',
    );
    const letter = await until(async () => {
      const { json } = await stage.call('GET', '/dead-letters');
      return json.letters.find((each: Answer) => each.body.includes('emil@'));
    }, 'it is among the dead letters');
    assert.deepEqual(
      [letter.kind, letter.task, letter.queue],
      ['failed', 'clinic.crm.sync_doctor', 'clinic'],
    );
    stage.crm.withdrawn.delete('M-2');
    assert.equal((await stage.call('POST', `/dead-letters/${letter.id}/redrive`)).status, 202);
    await until(async () => mailsTo(stage, doctor.email).length === 1, 'he is welcomed');
    await until(async () => (await stage.ended(json.task)).state === 'SUCCESS', 'the chain has succeeded');
  });

  test('all doctors are notified, side by side', async () => {
    const stage = await clinic();
    for (const address of ['ada@clinic.example', 'bjorn@clinic.example', 'chiyo@clinic.example']) {
      await until(
        async () => mailsTo(stage, address).some(({ subject }) => subject === 'Closed'),
        `${address} knows`,
      );
    }
  });

  test('an upload is looked at row by row, and the administration is told of what is wrong', async () => {
    const stage = await clinic();
    const row = { doctor: 'ada@clinic.example', day: '2031-03-04', time: '08:30' };
    const { json } = await stage.call('POST', '/uploads', {
      file: 'march.csv',
      appointments: [
        { patient: 'Ines Moor', ...row },
        { patient: '', ...row, time: '23:00' },
        { patient: 'Karl Otto', ...row, time: '09:00' },
      ],
    });
    const { state, info } = await stage.ended(json.task);
    assert.deepEqual([state, info.taken, info.wrong.length], ['SUCCESS', 2, 1]);
    assert.ok(
      mailsTo(stage, ADMIN).some(({ subject }) => subject === 'march.csv: 2 appointments taken, 1 wrong'),
    );
    const booked = await stage.db
      .selectFrom('appointments')
      .select('patient')
      .where('day', '=', row.day)
      .execute();
    assert.deepEqual(booked.map(({ patient }) => patient).sort(), ['Ines Moor', 'Karl Otto']);
  });
}
