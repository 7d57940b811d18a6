import type { App } from '@lovage/app';
import { DEAD_LETTERS, QUARANTINE } from '@lovage/app';

/** Every queue that the app can name: its own, those of its tasks, the quarantine, and the dead letters. */
export function knownQueues(app: App): string[] {
  const own = app.queues().map((queue) => queue.name);
  const ofTasks = [...app.tasks.values()]
    .map((task) => task.options.queue)
    .filter((name) => name !== undefined);
  return [...new Set([...own, ...ofTasks.sort(), QUARANTINE, DEAD_LETTERS])];
}
