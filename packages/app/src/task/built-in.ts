import { chunksSignature, readSignature } from '@lovage/protocol';
import { Canvas } from '../canvas/workflow.ts';
import { NotRegistered } from '../errors.ts';
import { currentTask } from '../execution/current.ts';
import type { TaskSelf } from '../execution/self.ts';
import type { TaskDefinition } from './define.ts';
import type { AnyTask } from './task.ts';
import { unlockChord } from './unlock-chord.ts';

/** Celery's own tasks, which every worker must know: other clients send them. */
export const BUILT_IN: readonly TaskDefinition[] = [
  definition('celery.accumulate', accumulate, { bind: true }),
  definition('celery.map', map, { params: ['task', 'it'] }),
  definition('celery.starmap', starmap, { params: ['task', 'it'] }),
  definition('celery.chunks', chunks, { bind: true, params: ['task', 'it', 'n'] }),
  definition('celery.chord_unlock', unlockChord, {
    bind: true,
    params: ['group_id', 'callback', 'interval', 'max_retries', 'result', 'failed'],
    maxRetries: null,
    ignoreResult: true,
  }),
];

function definition(
  name: string,
  fn: (...args: never[]) => unknown,
  options: TaskDefinition['options'],
): TaskDefinition {
  return { name, options, fn, file: import.meta.filename };
}

/** Gathers its arguments into a list; with `index` it is the argument at that place. */
function accumulate(self: {
  request: { args: readonly unknown[]; kwargs: Readonly<Record<string, unknown>> };
}): unknown {
  const { args, kwargs } = self.request;
  const { index } = kwargs;
  return typeof index === 'number' ? (args.at(index) ?? null) : args;
}

/** Runs a task once for each item, one after the other, in this process. */
async function map(task: unknown, items: readonly unknown[]): Promise<unknown[]> {
  const inner = taskOf(task);
  const results: unknown[] = [];
  for (const item of items) results.push((await inner.run(item)) ?? null);
  return results;
}

/** The same, each item being its list of arguments. */
async function starmap(task: unknown, items: readonly (readonly unknown[])[]): Promise<unknown[]> {
  const inner = taskOf(task);
  const results: unknown[] = [];
  for (const item of items) results.push((await inner.run(...item)) ?? null);
  return results;
}

/** What Celery sends where chunks stand in a chain, and has no task to run: the group that they are takes its place. */
function chunks(
  self: TaskSelf,
  task: unknown,
  items: readonly (readonly unknown[])[],
  size: number,
): unknown {
  return self.replace(new Canvas(self.app, chunksSignature(readSignature(task, 'task'), items, size)));
}

function taskOf(signature: unknown): AnyTask {
  const { task } = readSignature(signature, 'task');
  const known = currentTask()?.app.tasks.get(task);
  if (!known) throw new NotRegistered(task);
  return known;
}
