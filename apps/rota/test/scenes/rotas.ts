import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Shared } from '../shared.ts';

export function examineRotas(shared: Shared): void {
  test('a rota is generated in phases, and published to everybody in one batch', async () => {
    const { stage } = shared;
    const rota = await stage.does('ada', '/rotas', {
      name: 'Advent',
      first_day: '2026-12-01',
      last_day: '2026-12-07',
    });
    await stage.does('ada', `/rotas/${rota.id}/generate`);
    await stage.events('tasks.rota_tasks.balance_rota_phase_task');
    const shifts = await stage.db
      .selectFrom('shift')
      .selectAll()
      .where('rota_id', '=', rota.id)
      .orderBy('day')
      .execute();
    assert.equal(shifts.length, 14);
    const chiyo = await stage.db
      .selectFrom('clinician')
      .select('id')
      .where('name', '=', 'Chiyo Endo')
      .executeTakeFirstOrThrow();
    for (const { day, clinician_id: whose } of shifts) {
      assert.ok(whose !== null, day);
      assert.ok(
        whose !== chiyo.id || day < '2026-12-03' || day > '2026-12-05',
        `Chiyo is on leave on ${day}`,
      );
    }
    const counts = [...Map.groupBy(shifts, (shift) => shift.clinician_id).values()].map(
      (each) => each.length,
    );
    assert.ok(Math.max(...counts) - Math.min(...counts) <= 2, `shifts are ${counts}`);

    await stage.does('ada', `/rotas/${rota.id}/publish`);
    const [batch] = await stage.events('tasks.notification_tasks.send_batch_notifications');
    assert.equal(
      batch!.detail,
      '{"success":3,"failure":0,"total":3}',
      'Fay has no e-mail and Gus no account',
    );
    const [mail] = await stage.mails('emil', /^The rota Advent is published$/);
    assert.match(mail!.text, /2026-12-0\d, (day|night)/);
    assert.equal((await stage.request('ada', 'POST', `/rotas/${rota.id}/publish`)).status, 409);
  });

  test('a batch counts what went wrong, and a notification that does is false, not tried again', async () => {
    const { stage } = shared;
    const refused = await stage.db
      .insertInto('account')
      .values({
        name: 'Ref',
        email: 'refused@hospital.example',
        is_admin: 0,
        is_active: 1,
        password_hash: null,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    const clinician = await stage.db
      .insertInto('clinician')
      .values({ name: 'Ref', account_id: refused.id })
      .returning('id')
      .executeTakeFirstOrThrow();
    const one = (kind: string, ...ids: number[]) => ({ kind, ids });
    const emil = await stage.db
      .selectFrom('clinician')
      .select('id')
      .where('name', '=', 'Emil Noor')
      .executeTakeFirstOrThrow();
    const batch = [
      one('rota_published', 2, emil.id),
      one('rota_published', 2, clinician.id),
      one('rota_published', 2, 9_999),
      one('nonsense', 1),
    ];
    assert.deepEqual(await stage.runs('tasks.notification_tasks.send_batch_notifications', batch), {
      success: 1,
      failure: 3,
      total: 4,
    });
    assert.equal(
      await stage.runs('tasks.notification_tasks.send_rota_published_notification', 2, clinician.id),
      false,
    );
    await stage.db.deleteFrom('clinician').where('id', '=', clinician.id).execute();
  });

  test('a shift is given by hand, and who has it is told', async () => {
    const { stage } = shared;
    const { id } = await stage.db
      .selectFrom('shift')
      .select('id')
      .where('day', '=', '2026-12-06')
      .where('kind', '=', 'day')
      .executeTakeFirstOrThrow();
    const dara = await stage.db
      .selectFrom('clinician')
      .select('id')
      .where('name', '=', 'Dara Okafor')
      .executeTakeFirstOrThrow();
    await stage.does('bo', `/shifts/${id}/assign`, { clinician_id: dara.id });
    await stage.mails('dara', /^You have a new shift on 2026-12-06$/);
  });
}
