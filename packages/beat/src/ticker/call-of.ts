import type { NamedCall } from '@lovage/app';
import type { Entry } from '../entries/index.ts';

/** Names the entry in the headers of each of its runs, as Celery does from 5.3 on. */
export const ENTRY_HEADER = 'periodic_task_name';

/** The call of one run. @param taskId Default: a random one */
export function callOf({ name, task, args, kwargs, options, overlap }: Entry, taskId?: string): NamedCall {
  return {
    task,
    args,
    options: {
      ...options,
      kwargs,
      headers: { ...options.headers, [ENTRY_HEADER]: name },
      // Whether it has ended its result says.
      ...(overlap === 'allow' ? {} : { ignoreResult: false }),
      ...(taskId === undefined ? {} : { taskId }),
    },
  };
}
