import { TimeLimit } from '@lovage/contracts';
import { errorInfo, errorRepr, errorTraceback } from '@lovage/protocol';
import type { App } from '../app.ts';
import { Ignore, InvalidArguments, Reject, Retry } from '../errors.ts';
import type { AnyTask } from '../task/task.ts';
import { validateArguments } from '../task/validate.ts';
import { bindArguments } from './bind-arguments.ts';
import { inTask } from './current.ts';
import type { TaskOutcome } from './outcome.ts';
import { Replaced } from './replace.ts';
import type { TaskRequest } from './request.ts';
import { backoffSeconds, retriesByItself } from './retry-policy.ts';
import { RunningTask, stopReason } from './running-task.ts';

export interface PerformContext {
  /** Aborted with a TimeLimit by the soft limit, with anything else when the task is only asked to stop. */
  readonly signal: AbortSignal;
  /** Takes the states that the task reports of itself. */
  report(state: string, meta: unknown): void;
  /** From 0 up to but not including 1, for jitter. Default Math.random. */
  readonly random?: () => number;
}

/**
 * Runs a task's function once and says how that ended. No I/O: what must be stored or sent is up to the caller.
 * Emits taskPrerun, then taskSuccess, taskFailure or taskRetry, then taskPostrun. Never rejects because of the task.
 */
export async function perform(
  app: App,
  task: AnyTask,
  request: TaskRequest,
  context: PerformContext,
): Promise<TaskOutcome> {
  const { signals } = app;
  const self = new RunningTask(app, task, request, context);
  const run = { taskId: request.id, task, args: request.args, kwargs: request.kwargs };
  if (signals.taskPrerun.size > 0) await signals.taskPrerun.send(task.name, run);

  const startedMs = performance.now();
  let outcome: TaskOutcome;
  try {
    const value = await runFunction(self, context.signal);
    const trail = self.trail.length > 0 ? { trail: self.trail } : {};
    outcome = { kind: 'succeeded', value, runtimeS: (performance.now() - startedMs) / 1000, ...trail };
  } catch (thrown) {
    const error = retryOrThrown(self, thrown, context.random ?? Math.random);
    outcome = outcomeOf(error, task, (performance.now() - startedMs) / 1000);
  }
  await announce(app, task, request, outcome);
  if (signals.taskPostrun.size > 0) {
    await signals.taskPostrun.send(task.name, { ...run, retval: retvalOf(outcome), state: stateOf(outcome) });
  }
  return outcome;
}

/** Resolves with what the function returns; rejects with what it throws, or with its soft time limit. */
async function runFunction(self: RunningTask, worker: AbortSignal): Promise<unknown> {
  const { task, request, options } = self;
  let args = bindArguments(task.name, options, request.args, request.kwargs);
  if (options.schema) args = await validateArguments(task.name, options.schema, args);
  const returned = inTask(self, () => task.invoke(self, args));
  return isThenable(returned) ? orSoftLimit(returned, worker) : returned;
}

/** The promise, or the soft time limit if that comes first: the code may still run, but its end no longer counts. */
async function orSoftLimit(work: PromiseLike<unknown>, worker: AbortSignal): Promise<unknown> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = () => {
    if (!(worker.reason instanceof TimeLimit)) return;
    // A task that listens to self.signal may end by itself first; then that is how it ended.
    setImmediate(() => reject(stopReason(worker)));
  };
  if (worker.aborted) onAbort();
  worker.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    worker.removeEventListener('abort', onAbort);
  }
}

/** What the error amounts to once the task's automatic retries are considered: a Retry, or an error. */
function retryOrThrown(self: RunningTask, error: unknown, random: () => number): unknown {
  const { options, request, maxRetriesOverride } = self;
  if (error instanceof Ignore || error instanceof Reject || error instanceof Retry) return error;
  if (error instanceof InvalidArguments || request.calledDirectly) return error;
  if (!retriesByItself(options, error)) return error;
  const countdown = options.retryBackoff
    ? backoffSeconds(options, request.retries, random)
    : options.retryKwargs?.countdown;
  const maxRetries = maxRetriesOverride === undefined ? options.retryKwargs?.maxRetries : maxRetriesOverride;
  try {
    self.retry({
      exc: error,
      ...(countdown === undefined ? {} : { countdown }),
      ...(maxRetries === undefined ? {} : { maxRetries }),
    });
  } catch (thrown) {
    return thrown;
  }
}

function outcomeOf(error: unknown, task: AnyTask, runtimeS: number): TaskOutcome {
  if (error instanceof Replaced) return { kind: 'replaced', signature: error.signature, runtimeS };
  if (error instanceof Ignore) return { kind: 'ignored', reason: error.message };
  if (error instanceof Reject) return { kind: 'rejected', requeue: error.requeue, reason: error.message };
  if (error instanceof Retry) {
    return {
      kind: 'retry',
      error: error.exc,
      countdownS: error.countdownS,
      ...(error.newArgs ? { args: error.newArgs } : {}),
      ...(error.newKwargs ? { kwargs: error.newKwargs } : {}),
    };
  }
  const expected = task.options.throws.some((each) => error instanceof (each as abstract new () => unknown));
  return { kind: 'failed', error, expected, runtimeS };
}

/** Tells those who connected to the signal of this ending. */
async function announce(app: App, task: AnyTask, request: TaskRequest, outcome: TaskOutcome): Promise<void> {
  const { taskSuccess, taskFailure, taskRetry } = app.signals;
  switch (outcome.kind) {
    case 'succeeded':
      if (taskSuccess.size > 0) await taskSuccess.send(task.name, { result: outcome.value, request });
      return;
    case 'failed':
      if (taskFailure.size > 0) {
        await taskFailure.send(task.name, {
          taskId: request.id,
          exception: outcome.error,
          args: request.args,
          kwargs: request.kwargs,
          traceback: errorTraceback(outcome.error),
        });
      }
      return;
    case 'retry':
      if (taskRetry.size > 0) {
        const einfo = outcome.error === undefined ? '' : errorRepr(errorInfo(outcome.error));
        await taskRetry.send(task.name, { request, reason: outcome.error, einfo });
      }
      return;
    case 'replaced':
    case 'ignored':
    case 'rejected':
      return;
  }
}

const STATES = {
  succeeded: 'SUCCESS',
  failed: 'FAILURE',
  retry: 'RETRY',
  replaced: 'IGNORED',
  ignored: 'IGNORED',
  rejected: 'REJECTED',
} as const satisfies Record<TaskOutcome['kind'], string>;

const stateOf = (outcome: TaskOutcome): string => STATES[outcome.kind];

function retvalOf(outcome: TaskOutcome): unknown {
  if (outcome.kind === 'succeeded') return outcome.value;
  return outcome.kind === 'failed' || outcome.kind === 'retry' ? outcome.error : null;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as PromiseLike<unknown>).then === 'function'
  );
}
