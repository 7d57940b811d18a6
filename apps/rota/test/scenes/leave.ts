import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Shared } from '../shared.ts';

const CHRISTMAS = { first_day: '2026-12-03', last_day: '2026-12-05', reason: 'A wedding in <b>Lund</b>' };

export function examineLeave(shared: Shared): void {
  test('leave: asked for, approved, denied; administrators and clinicians are told', async () => {
    const { stage } = shared;
    const { id, told } = await stage.does('chiyo', '/leave', CHRISTMAS);
    assert.equal(told, true);
    const [mail] = await stage.mails('ada', /^Chiyo Endo asks for leave$/);
    assert.match(mail!.html!, /from 2026-12-03 to 2026-12-05: A wedding in &lt;b&gt;Lund&lt;\/b&gt;/);
    assert.match(mail!.text, /A wedding in <b>Lund<\/b>/);
    await stage.mails('bo', /^Chiyo Endo asks for leave$/);
    const [event] = await stage.events('tasks.notification_tasks.send_leave_submitted_notification');
    assert.deepEqual([event!.state, event!.detail], ['SUCCESS', 'true']);

    await stage.does('ada', `/leave/${id}/approve`);
    await stage.mails('chiyo', /^Your leave is approved$/);
    assert.equal((await stage.request('bo', 'POST', `/leave/${id}/deny`)).status, 409, 'it is decided once');
    const other = await stage.does('dara', '/leave', { ...CHRISTMAS, first_day: '2026-12-04' });
    await stage.does('bo', `/leave/${other.id}/deny`);
    await stage.mails('dara', /^Your leave is denied$/);
  });

  test('leave: what may not be asked for', async () => {
    const { stage } = shared;
    const asks = async (who: string | null, body: unknown) => {
      const { status, json } = await stage.request(who, 'POST', '/leave', body);
      return [status, json.error];
    };
    assert.deepEqual(await asks(null, CHRISTMAS), [401, 'say who you are: an e-mail address and a password']);
    assert.deepEqual(await asks('ada', CHRISTMAS), [403, 'only clinicians ask for leave']);
    assert.deepEqual(await asks('chiyo', { ...CHRISTMAS, last_day: '2026-02-30' }), [
      400,
      'last_day must be a day, such as 2026-12-24',
    ]);
    assert.deepEqual(await asks('chiyo', { ...CHRISTMAS, last_day: '2026-12-01' }), [
      400,
      'last_day comes before first_day',
    ]);
    assert.deepEqual(await asks('chiyo', { ...CHRISTMAS, reason: 'a\r\nBcc: eve@evil.example' }), [
      400,
      'reason must be text of 1 to 500 characters on one line',
    ]);
    assert.equal((await stage.request('chiyo', 'POST', '/leave/1/approve')).status, 403);
    assert.equal((await stage.request('chiyo', 'POST', '/leave', CHRISTMAS, 'a wrong password')).status, 401);
  });
}
