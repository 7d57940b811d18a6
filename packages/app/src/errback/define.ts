import type { Failure } from '@lovage/protocol';
import { FAILURE_HEADER, readFailure } from '@lovage/protocol';
import { ImproperlyConfigured, InvalidCall, OperationalError } from '../errors.ts';
import { bindArguments } from '../execution/bind-arguments.ts';
import type { TaskSelf } from '../execution/self.ts';
import { TaskError } from '../result/task-error.ts';
import type { TaskDefinition } from '../task/define.ts';
import { defineTask } from '../task/define.ts';
import type { NamedTaskOptions, TaskOptions } from '../task/options.ts';
import { validateArguments } from '../task/validate.ts';
import { unknownFailure } from './failure.ts';
import { storedFailure } from './stored-failure.ts';

type Fn = (...args: never[]) => unknown;

/**
 * The task that an error callback is. `params` and `schema` are about its own arguments, so they are kept from the task.
 * @throws ImproperlyConfigured as `defineTask`
 */
export function defineErrback(nameOrOptions: string | NamedTaskOptions, fn: Fn): TaskDefinition {
  const { name, options, file } = defineTask(nameOrOptions, fn);
  if (options.schedule !== undefined) {
    throw new ImproperlyConfigured(
      `${name} is an error callback: it is called with a failure, which no schedule has`,
    );
  }
  const { bind: _bind, params: _params, schema: _schema, ...rest } = options;
  const call = (self: TaskSelf) => callWithFailure(self, options, fn);
  return { name, file, options: { ...rest, bind: true }, fn: call, isErrback: true };
}

async function callWithFailure(
  self: TaskSelf,
  { bind, params, schema }: TaskOptions,
  fn: Fn,
): Promise<unknown> {
  const { failure, own } = await whatFailed(self);
  const bound = bindArguments(self.name, params ? { params } : {}, own, self.request.kwargs);
  const args = schema ? await validateArguments(self.name, schema, bound) : bound;
  const { request, error, traceback } = failure;
  const given = [request, new TaskError(error, traceback), traceback, ...args];
  return (fn as (...all: unknown[]) => unknown)(...(bind ? [self, ...given] : given));
}

/** The failure, and the arguments that are the callback's own. */
async function whatFailed(
  self: TaskSelf,
): Promise<{ readonly failure: Failure; readonly own: readonly unknown[] }> {
  const { args, parentId, rootId, headers } = self.request;
  const told = readFailure(headers[FAILURE_HEADER]);
  // The id comes first among the arguments, unless the signature is immutable: then its parent has it.
  const id = told?.request.id ?? parentId ?? args[0];
  if (typeof id !== 'string') {
    throw new InvalidCall(
      `${self.name} is an error callback: give it to linkError() of a task, it needs a failure`,
    );
  }
  const own = args[0] === id ? args.slice(1) : args;
  return { own, failure: told ?? (await found(self, id, rootId)) };
}

/** A store that is away is asked again as often as the callback may be retried. Then it is called with what there is. */
async function found(self: TaskSelf, id: string, rootId: string): Promise<Failure> {
  try {
    return await storedFailure(self.app, id, rootId);
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error;
    const { maxRetries, request } = self;
    if (maxRetries === null || request.retries < maxRetries) self.retry({ exc: error });
    return unknownFailure(id, rootId, error.message);
  }
}
