import assert from 'node:assert/strict';
import { test } from 'node:test';
import { routes } from '../src/http/routes.ts';
import { retryAfterSeconds } from '../src/retry-after.ts';

test('Retry-After is seconds or a date, and never more than ten minutes', () => {
  const now = Date.parse('2026-12-07T10:00:00Z');
  const read = (header: string | null) => retryAfterSeconds(header, now);
  assert.deepEqual(
    [read('7'), read(' 0 '), read('Mon, 07 Dec 2026 10:00:20 GMT'), read('Mon, 07 Dec 2026 09:00:00 GMT')],
    [7, 0, 20, 0],
  );
  assert.deepEqual([read('86400'), read(null), read('soon'), read('-5')], [600, 30, 30, 0]);
});

test('a body that is too large is refused unread', async () => {
  const body = JSON.stringify({ file: 'x'.repeat(2 ** 21) });
  const response = await routes.request('/uploads', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-length': String(body.length) },
    body,
  });
  assert.equal(response.status, 413);
});
