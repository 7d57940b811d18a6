import { test } from 'node:test';
import { killInTheMiddle } from './kill.ts';

test('a worker that is killed five times in the middle of two hundred mails', async () => {
  const { repeats, counted } = await killInTheMiddle({
    mails: 200,
    killAfter: [20, 60, 100, 140, 180],
    limitMs: 300_000,
  });
  console.log(
    `200 mails: ${repeats} came twice, ${counted} tries of ten children were cut off before they could note how they ended`,
  );
});
