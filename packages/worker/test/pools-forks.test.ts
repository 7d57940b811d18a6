import { test } from 'node:test';
import { runForks } from './pools-forks.ts';

test('500 tasks with 10 for each child end, without a stall', { timeout: 170_000 }, async (t) => {
  await runForks(t, { size: 2, tasks: 500, maxTasksPerChild: 10 });
});
