/** The store's entries, for people and their tools. */
export type { EntryChanges } from './changed-entry.ts';
export { PeriodicTaskChanged, PeriodicTaskExists, PeriodicTaskUnknown } from './errors.ts';
export type { PeriodicTask } from './periodic-task.ts';
export { PeriodicTasks, type PeriodicTasksOptions } from './periodic-tasks.ts';
