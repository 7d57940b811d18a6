import { test } from 'node:test';
import { killInTheMiddle } from './kill.ts';

test('a worker that is killed in the middle of two dozen mails: each is sent, and what came twice was counted', async (t) => {
  const { repeats, counted } = await killInTheMiddle({ mails: 24, killAfter: [8], limitMs: 120_000 });
  t.diagnostic(`${repeats} came twice; ${counted} tries were cut off`);
});
