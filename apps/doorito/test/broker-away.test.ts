/** In production with a broker that is away: an upload is stored all the same, and told by the first sweep that runs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startReceiver } from '../../../tools/services.ts';
import { freshDoorito } from './fresh.ts';

const { outbox, upload } = await freshDoorito({
  CELERY_BROKER_URL: 'postgresql://127.0.0.1:1/nobody',
  LOVAGE_PUBLISH_TIMEOUT: '0.2',
  LOVAGE_BROKER_CONNECTION_TIMEOUT: '0.2',
});

test('the fast path fails, the upload does not', async () => {
  await using receiver = await startReceiver();
  await outbox.endpoints.add({ url: receiver.url('/') });
  assert.equal((await upload('text', 'text/plain')).status, 201);
  assert.deepEqual(receiver.received, []);
  assert.deepEqual(await outbox.deliver(), { processed: 1, delivered: 1, failed: 0, remaining: 0 });
});
