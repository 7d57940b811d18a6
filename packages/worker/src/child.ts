/** The program of a prefork child or of a thread: loads the module that makes the app, then runs tasks one at a time. */
import { isMainThread } from 'node:worker_threads';
import { loadApp, nameProcess } from '@lovage/app';
import type { PoolContext, PoolWorkerFacts } from '@lovage/contracts';
import type { RunnerFacts } from './runner.ts';
import { TaskRunner } from './runner.ts';

/** What the worker hands to each child when it starts. */
export interface ChildSetup {
  readonly appModule: string;
  readonly facts: RunnerFacts;
  /** Settings of the command line that override the module's own. */
  readonly overrides?: Readonly<Record<string, unknown>>;
}

let runner: TaskRunner | undefined;
let stop: (() => Promise<void>) | undefined;

export async function init(data: unknown, { number }: PoolWorkerFacts): Promise<void> {
  // Before the module is loaded: what it says at its top is said by this child.
  nameProcess(`${isMainThread ? 'Fork' : 'Thread'}PoolWorker-${number}`);
  const { appModule, facts, overrides } = data as ChildSetup;
  const app = await loadApp(appModule, overrides);
  runner = new TaskRunner(app, facts);
  await app.signals.workerProcessInit.send(null, {});
  stop = async () => {
    await app.signals.workerProcessShutdown.send(null, { pid: process.pid, exitcode: 0 });
    await app.close();
  };
}

export async function run(input: unknown, context: PoolContext): Promise<unknown> {
  if (!runner) throw new Error('a job arrived before the child was ready');
  return runner.run(input, context);
}

export async function shutdown(): Promise<void> {
  await stop?.();
}
