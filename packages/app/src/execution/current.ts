import { AsyncLocalStorage } from 'node:async_hooks';
import type { TaskSelf } from './self.ts';

const running = new AsyncLocalStorage<TaskSelf>();

/**
 * The task that runs here and now, without `bind`; undefined outside of tasks.
 *
 * @example
 * currentTask()?.logger.info('half way');
 */
export function currentTask(): TaskSelf | undefined {
  return running.getStore();
}

/** Runs `work` as the inside of a task. */
export function inTask<T>(self: TaskSelf, work: () => T): T {
  return running.run(self, work);
}
