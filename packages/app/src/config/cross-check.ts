import { contentTypeOf } from '@lovage/protocol';
import type { Settings } from './settings.ts';

/** What is wrong between settings that are each right. */
export function crossCheck(conf: Settings): string[] {
  const problems: string[] = [];
  const { taskSoftTimeLimit, taskTimeLimit, taskCreateMissingQueues, taskQueues, taskDefaultQueue } = conf;
  if (taskSoftTimeLimit !== null && taskTimeLimit !== null && taskSoftTimeLimit >= taskTimeLimit) {
    problems.push(
      `taskSoftTimeLimit (${taskSoftTimeLimit} s) must be less than taskTimeLimit (${taskTimeLimit} s): a task must have time to stop`,
    );
  }
  if (!conf.acceptContent.map(contentTypeOf).includes(contentTypeOf(conf.taskSerializer))) {
    problems.push(
      `taskSerializer is ${conf.taskSerializer}, which acceptContent (${conf.acceptContent.join(', ')}) refuses: our own workers could not read it`,
    );
  }
  if (!taskCreateMissingQueues && taskQueues && !taskQueues.some(({ name }) => name === taskDefaultQueue)) {
    problems.push(
      `taskCreateMissingQueues is false and taskQueues (${taskQueues.map(({ name }) => name).join(', ')}) does not list taskDefaultQueue, ${taskDefaultQueue}`,
    );
  }
  if (conf.taskStoreEagerResult && !conf.taskAlwaysEager) {
    problems.push('taskStoreEagerResult needs taskAlwaysEager: without it no call is eager');
  }
  return problems;
}
