import type { ResolvedTaskOptions } from '@lovage/app';
import type { TaskHeaders } from '@lovage/protocol';
import type { WorkerPlan } from './options.ts';

/** The time limits of one execution in seconds; undefined: none. */
export interface Limits {
  readonly hardS: number | undefined;
  readonly softS: number | undefined;
}

/** The message's own limits win over the task's, and those over the worker's; 0 is none, as in Celery. */
export function limitsOf(headers: TaskHeaders, options: ResolvedTaskOptions, plan: WorkerPlan): Limits {
  const [hard, soft] = headers.timelimit;
  return {
    hardS: hard || options.timeLimit || plan.timeLimitS || undefined,
    softS: soft || options.softTimeLimit || plan.softTimeLimitS || undefined,
  };
}
