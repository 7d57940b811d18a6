import type { App } from '../app.ts';
import { currentTask } from '../execution/current.ts';
import type { TaskRequest } from '../execution/request.ts';

/** The call that this call is made from: that of the running task, if it belongs to the same app. */
export function callerOf(app: App): TaskRequest | undefined {
  const self = currentTask();
  return self && self.app === app ? self.request : undefined;
}
