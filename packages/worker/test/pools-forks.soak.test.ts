import { test } from 'node:test';
import { runForks } from './pools-forks.ts';

test('100,000 tasks with 10 for each child end, without a stall', { timeout: 3_500_000 }, async (t) => {
  await runForks(t, { size: 2, tasks: 100_000, maxTasksPerChild: 10 });
});
