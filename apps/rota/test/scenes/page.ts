import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Shared } from '../shared.ts';

export function examinePage(shared: Shared): void {
  test('the page shows administrators what the tasks did', async () => {
    const { stage } = shared;
    assert.equal((await stage.request(null, 'GET', '/')).status, 401);
    assert.equal((await stage.request('chiyo', 'GET', '/')).status, 403);
    const { status, text } = await stage.request('ada', 'GET', '/');
    assert.equal(status, 200);
    assert.match(
      text,
      /<td>tasks\.notification_tasks\.send_batch_notifications<\/td><td>SUCCESS<\/td><td>2<\/td>/,
    );
    assert.match(text, /<td>tasks\.rota_tasks\.generate_rota_task<\/td><td>FAILURE<\/td><td>1<\/td>/);
    assert.match(text, /NotImplementedError: generate_rota_task is deprecated/);
    assert.equal((await stage.request(null, 'GET', '/nowhere')).status, 404);
  });
}
