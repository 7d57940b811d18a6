import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { requireService } from '../../../tools/services.ts';
import { transactionKills } from './kills.ts';
import { stopSharedServer } from './world.ts';

after(stopSharedServer);

/** 300 of them are in kills.soak.test.ts. */
test('after 20 kill -9 within transactions, what ran is what was committed', {
  skip: requireService('postgres'),
  timeout: 150_000,
}, async (t) => {
  const { committed, sent } = await transactionKills(20);
  t.diagnostic(`${committed} of ${sent} transactions were committed, and their tasks ran`);
  assert.ok(committed > 0 && committed < sent);
});
