import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TaskError } from 'lovage';
import type { Shared } from '../shared.ts';

export function examineFailures(shared: Shared): void {
  test('the deprecated tasks fail, name what came instead, and administrators are told by the signal', async () => {
    const { stage } = shared;
    for (const name of ['generate_rota_task', 'rebalance_rota_task']) {
      await assert.rejects(stage.runs(`tasks.rota_tasks.${name}`, 1), (error) => {
        assert.ok(error instanceof TaskError);
        assert.equal(error.type, 'NotImplementedError');
        assert.match(
          error.message,
          /deprecated: rotas are generated in phases\. Call tasks\.rota_tasks\.prepare_rota_phase_task.* or: manage generate-rota --phase$/,
        );
        return true;
      });
      const [mail] = await stage.mails('bo', new RegExp(`^tasks\\.rota_tasks\\.${name} failed$`));
      assert.match(mail!.text, /NotImplementedError: .*deprecated/s);
    }
  });

  test('a phase that fails ends the chain, and is told of in its own words', async () => {
    const { stage } = shared;
    const rota = await stage.does('ada', '/rotas', {
      name: 'Nobody',
      first_day: '2028-01-01',
      last_day: '2028-01-01',
    });
    const clinicians = await stage.db.selectFrom('clinician').select('id').execute();
    const away = {
      first_day: '2028-01-01',
      last_day: '2028-01-02',
      reason: 'all',
      state: 'approved',
      decided_by: null,
    } as const;
    await stage.db
      .insertInto('leave_request')
      .values(clinicians.map(({ id }) => ({ ...away, clinician_id: id })))
      .execute();
    await stage.does('ada', `/rotas/${rota.id}/generate`);
    const [mail] = await stage.mails('ada', new RegExp(`^Rota ${rota.id} was not generated$`));
    assert.match(
      mail!.text,
      /the phase nights has failed\.[\s\S]*Error: nobody can take the night of 2028-01-01/,
    );
    const state = await stage.db
      .selectFrom('rota')
      .select('state')
      .where('id', '=', rota.id)
      .executeTakeFirstOrThrow();
    assert.equal(state.state, 'draft');
  });

  test('administrators get the types that they want', async () => {
    const { stage } = shared;
    const send = (subject: string, type: string) =>
      stage.runs('tasks.email_tasks.send_admin_email', subject, 'text', type);
    assert.equal(await send('Everything hums', 'operational'), 1, 'Bo does not want these');
    assert.equal(await send('A disk is full', 'system_failures'), 2);
    await stage.mails('ada', /^Everything hums$/);
    assert.equal(stage.smtp.mails.filter(({ subject }) => subject === 'Everything hums').length, 1);
    await assert.rejects(
      send('x', 'gossip'),
      /TaskError: email_type is "gossip": it must be system_failures, admin_actions, operational/,
    );
  });

  test('mails by name, as Python asks for them', async () => {
    const { stage } = shared;
    const result = await stage.client.sendTask<{ sent: string[] }>('tasks.email_tasks.send_html_email', {
      kwargs: {
        subject: 'By template',
        template_name: 'notice',
        context: { name: '<Ann>', lines: ['one'] },
        recipient_list: ['ann@hospital.example'],
      },
    });
    assert.deepEqual((await result.get({ timeout: 60 })).sent, ['ann@hospital.example']);
    const [mail] = await stage.mails('ann', /^By template$/);
    assert.match(mail!.html!, /Dear &lt;Ann&gt;/);
    await assert.rejects(
      stage.runs('tasks.email_tasks.send_email_with_retry', 'x', 'y', null, ['refused@hospital.example']),
      /TaskError: .*550 no such user/,
    );
    await stage.mails('ada', /^tasks\.email_tasks\.send_email_with_retry failed$/);
  });
}
