import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { requireService } from '../../../tools/services.ts';
import { transactionKills } from './kills.ts';
import { stopSharedServer } from './world.ts';

after(stopSharedServer);

test('after 300 kill -9 within transactions, what ran is what was committed', {
  skip: requireService('postgres'),
  timeout: 900_000,
}, async (t) => {
  const { committed, sent } = await transactionKills(300);
  t.diagnostic(`${committed} of ${sent} transactions were committed, and their tasks ran`);
  assert.ok(committed > 0 && committed < sent);
});
