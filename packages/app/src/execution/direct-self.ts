import type { App } from '../app.ts';
import type { ResolvedTaskOptions } from '../task/options.ts';
import { plainRequest } from './plain-request.ts';
import { RunningTask } from './running-task.ts';
import type { TaskSelf } from './self.ts';

/** What `self` is when a task's function is simply called: `retry()` throws `exc`, states go nowhere. */
export function directSelf(task: {
  readonly app: App;
  readonly name: string;
  readonly options: ResolvedTaskOptions;
}): TaskSelf {
  const request = plainRequest({ id: '', task: task.name, args: [], kwargs: {}, calledDirectly: true });
  return new RunningTask(task.app, task as never, request, {
    signal: new AbortController().signal,
    report: () => {},
  });
}
