/** kill -9 in the middle of the deliveries; with 200 of them, on both databases, it is a long run. */
import { test } from 'node:test';
import { examineKills } from './kill.ts';
import { sqliteHome } from './stage.ts';

test('a worker is killed in the middle of 40 deliveries: all arrive', async (t) => {
  await examineKills(t, sqliteHome(t), { events: 40, kills: [15] });
});
