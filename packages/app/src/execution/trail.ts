import type { ResultTuple } from '@lovage/protocol';
import type { App } from '../app.ts';
import { currentTask } from './current.ts';
import { RunningTask } from './running-task.ts';

/** The most results that a document names as children: a task that sends a million must not have a result of 50 MB. */
const MAX_CHILDREN = 10_000;

/**
 * What a running task sends are its children: its result document names them, up to a limit, a group with all its
 * members or not at all. Nothing outside of a task.
 */
export function noteChildren(app: App, children: readonly ResultTuple[]): void {
  const self = currentTask();
  if (!(self instanceof RunningTask) || self.app !== app) return;
  for (const child of children) {
    self.trailSize += 1 + (child[1]?.length ?? 0);
    if (self.trailSize > MAX_CHILDREN) return;
    self.trail.push(child);
  }
}
