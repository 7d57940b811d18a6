import assert from 'node:assert/strict';
import { test } from 'node:test';
import { app } from '../src/app.ts';
import { schedule } from '../src/schedule.ts';

test('beat sends tasks that there are, at 8:00, each hour, on Mondays at 9:00 and every 300 s', async () => {
  await app.importModules();
  for (const { task } of Object.values(schedule)) assert.ok(app.tasks.has(task), task);
  // A Saturday.
  const after = new Date('2026-11-21T08:00:00Z');
  const due = (name: 'remind-patients' | 'clean-up' | 'weekly-summary') =>
    schedule[name].schedule.next(after)?.toISOString();
  assert.deepEqual(
    [due('remind-patients'), due('clean-up'), due('weekly-summary'), schedule['settle-payments'].schedule],
    ['2026-11-22T08:00:00.000Z', '2026-11-21T09:00:00.000Z', '2026-11-23T09:00:00.000Z', 300],
  );
});
