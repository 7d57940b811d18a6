import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReceivedMail } from '../../../../tools/services.ts';
import type { Shared } from '../shared.ts';

const PASSWORD = 'a long enough password';

export function examineAccounts(shared: Shared): void {
  test('an invitation: its link opens one account, once, and no other link does', async () => {
    const { stage } = shared;
    await stage.does('ada', '/invitations', { email: 'ines@hospital.example', name: 'Ines Roth' });
    const [mail] = await stage.mails('ines', /^Your invitation to the rota$/);
    const path = linkIn(mail!, 'invitations');
    assert.equal((await stage.request(null, 'GET', path)).status, 200);
    assert.equal((await stage.request(null, 'GET', path)).status, 200, 'to look at it uses nothing up');
    assert.match(
      (await stage.request(null, 'POST', path, { password: 'short' })).json.error,
      /12 to 200 characters/,
    );
    const [id, expires, signature] = path.split('/').at(-1)!.split('.');
    for (const token of [
      `${id}.${Number(expires) + 1}.${signature}`,
      `${Number(id) + 1}.${expires}.${signature}`,
      `${id}.${expires}`,
      '1.2.3',
      '%00',
    ])
      assert.equal(
        (await stage.request(null, 'POST', `/invitations/${token}`, { password: PASSWORD })).status,
        404,
        token,
      );
    assert.equal(
      (
        await stage.request(null, 'POST', path.replace('invitations', 'password-resets'), {
          password: PASSWORD,
        })
      ).status,
      404,
    );
    await stage.does(null, path, { password: PASSWORD });
    assert.equal((await stage.request(null, 'POST', path, { password: PASSWORD })).status, 410);
    const leave = { first_day: '2027-01-01', last_day: '2027-01-02', reason: 'rest' };
    assert.equal((await stage.request('ines', 'POST', '/leave', leave, PASSWORD)).status, 201);
    assert.equal(
      (await stage.request('ada', 'POST', '/invitations', { email: 'ines@hospital.example', name: 'Ines' }))
        .status,
      409,
    );
    assert.equal(
      await stage.runs('tasks.email_tasks.send_invitation_email', Number(id)),
      false,
      'a used one is not sent again',
    );
  });

  test('a link ends', async () => {
    const { stage } = shared;
    const { id } = await stage.does('ada', '/invitations', { email: 'late@hospital.example', name: 'Late' });
    await stage.mails('late', /invitation/);
    await stage.db
      .updateTable('invitation')
      .set({ expires_at: '2026-01-01T00:00:00.000Z' })
      .where('id', '=', id)
      .execute();
    assert.equal(await stage.runs('tasks.email_tasks.send_invitation_email', id), false);
    // What it was signed for is not what the row says any more: whoever has the old link is told that it was used.
    const [mail] = await stage.mails('late', /invitation/);
    assert.equal(
      (await stage.request(null, 'POST', linkIn(mail!, 'invitations'), { password: PASSWORD })).status,
      410,
    );
  });

  test('a new password; nobody learns who has an account', async () => {
    const { stage } = shared;
    const asked = (who: string) => stage.does(null, '/password-resets', { email: `${who}@hospital.example` });
    assert.deepEqual(await asked('nobody'), await asked('dara'));
    await asked('dara');
    const mails = await stage.mails('dara', /^A new password for the rota$/, 2);
    const [first, second] = mails.map((mail) => linkIn(mail, 'password-resets'));
    assert.notEqual(first, second);
    await stage.does(null, second!, { password: PASSWORD });
    for (const path of [first!, second!])
      assert.equal((await stage.request(null, 'POST', path, { password: PASSWORD })).status, 410);
    const swap = { shift_id: 1, offered_shift_id: 1 };
    assert.equal(
      (await stage.request('dara', 'POST', '/swaps', swap)).status,
      401,
      'the old one is nothing any more',
    );
    assert.notEqual((await stage.request('dara', 'POST', '/swaps', swap, PASSWORD)).status, 401);
  });
}

function linkIn({ html, text }: ReceivedMail, what: string): string {
  const [, link = ''] = /href="(https:\/\/rota\.example\/[^"]+)"/.exec(html ?? '') ?? [];
  assert.ok(text.includes(link), 'who reads text has it too');
  const { pathname } = new URL(link);
  assert.ok(pathname.startsWith(`/${what}/`));
  return pathname;
}
