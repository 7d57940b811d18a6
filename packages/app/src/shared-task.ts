import { defineTask } from './task/define.ts';
import type { DefineSharedTask } from './task/define-types.ts';
import { registerShared, SharedTask } from './task/shared.ts';

/**
 * Define a task without an app, as a library does. Every app of the process has it; a call goes through the app
 * whose task is running, or the only app there is. With several apps say which: `task.on(app)`.
 *
 * @example
 * export const resize = sharedTask('images.resize', (path: string, width: number) => …);
 */
export const sharedTask: DefineSharedTask = ((nameOrOptions: string, fn: () => unknown) => {
  const definition = defineTask(nameOrOptions, fn);
  registerShared(definition);
  return new SharedTask(definition.name);
}) as DefineSharedTask;
