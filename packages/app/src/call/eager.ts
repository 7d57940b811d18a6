import { randomUUID } from 'node:crypto';
import {
  appliedCallbacks,
  appliedErrbacks,
  bodyOf,
  errorInfo,
  errorRepr,
  errorTraceback,
  FAILURE_HEADER,
  type Failure,
  firstErrbacks,
  freeze,
  headerOf,
  type SignatureDict,
  shapeOf,
  tailOf,
  taskIds,
  tasksOf,
  withArguments,
  writeFailure,
} from '@lovage/protocol';
import type { App } from '../app.ts';
import type { Departure } from '../canvas/depart.ts';
import { departure } from '../canvas/depart.ts';
import { departureOfErrbacks } from '../errback/depart.ts';
import { failureOf, failureOfBody } from '../errback/failure.ts';
import { ChordError, NotRegistered } from '../errors.ts';
import { AsyncResult } from '../result/async-result.ts';
import { GroupResult } from '../result/group-result.ts';
import { TaskError } from '../result/task-error.ts';
import type { AnyTask } from '../task/task.ts';
import { serializerFor, withoutTrailingUndefined } from './build-message.ts';
import { type EagerRun, endOf, runHere, storeEnd, travel } from './eager-run.ts';
import { messageOptions } from './from-signature.ts';
import type { CallOptions } from './options.ts';

/** `taskAlwaysEager`: a call that would have been sent is run instead. Its arguments travel through JSON all the same. */
export async function applyByName<Value>(
  app: App,
  name: string,
  args: readonly unknown[],
  options: CallOptions,
): Promise<AsyncResult<Value>> {
  const task = app.tasks.get(name);
  if (!task) throw new NotRegistered(name);
  const { kwargs = {}, ...rest } = options;
  const serializer = serializerFor(app.conf, rest.serializer ?? task.options.serializer);
  const travelled = travel(serializer, 'args', withoutTrailingUndefined(args)) as readonly unknown[];
  return applyTask<Value>(task, travelled, {
    ...rest,
    kwargs: travel(serializer, 'kwargs', kwargs) as Kwargs,
  });
}

type Kwargs = Readonly<Record<string, unknown>>;

/**
 * Runs a task here and now, retries in place and without their delay, as Celery does. Time limits are not kept.
 * @throws the task's error with `taskEagerPropagates`; otherwise the result has it
 */
export async function applyTask<Value>(
  task: AnyTask,
  args: readonly unknown[],
  options: CallOptions,
): Promise<AsyncResult<Value>> {
  const { app, name } = task;
  const run = await runHere(task, args, options);
  const { request, outcome } = run;
  if (outcome.kind === 'replaced') {
    const end = await runWorkflow(app, outcome.signature);
    const value = await end.get({ propagate: false, disableSyncSubtasks: false });
    const error = value instanceof TaskError ? value : undefined;
    const ended = { state: error ? 'FAILURE' : 'SUCCESS', value: error ? undefined : value, error };
    return new AsyncResult<Value>(app, request.id, { task: name, ended });
  }
  await followUp(app, run);
  const ended = endOf(run);
  if (app.conf.taskStoreEagerResult) await storeEnd(app, request, ended);
  if (outcome.kind === 'failed' && app.conf.taskEagerPropagates) throw outcome.error;
  return new AsyncResult<Value>(app, request.id, { task: name, ended });
}

/** Callbacks after a success, errbacks after a failure: sent, or run when every call is eager. */
async function followUp(app: App, { request, outcome }: EagerRun): Promise<void> {
  const { id: parentId, rootId, callbacks, errbacks } = request;
  if (outcome.kind === 'failed') {
    const failure = failureOf(request, errorInfo(outcome.error), errorTraceback(outcome.error));
    await callErrbacks(app, errbacks ?? [], failure);
  } else if (outcome.kind === 'succeeded') {
    for (const callback of appliedCallbacks(callbacks ?? [])) {
      const given = { args: [outcome.value], parentId, rootId };
      if (app.conf.taskAlwaysEager) await runWorkflow(app, callback, given);
      else await send(app, departure(app, callback, given));
    }
  }
}

async function callErrbacks(app: App, errbacks: readonly SignatureDict[], failure: Failure): Promise<void> {
  const { id, rootId } = failure.request;
  if (errbacks.length === 0) return;
  if (app.conf.taskAlwaysEager) {
    const given = { args: [id], parentId: id, rootId, failure: writeFailure(failure) };
    await runWorkflow(app, appliedErrbacks(errbacks), given);
    return;
  }
  const departing = departureOfErrbacks(app, errbacks, failure);
  for (const reason of departing.unsent)
    app.logger.warn(`an errback of task ${id} cannot be sent: ${reason}`);
  await send(app, departing);
}

async function send(app: App, { messages, opens }: Pick<Departure, 'messages' | 'opens'>): Promise<void> {
  const { publisher, results } = await app.open();
  for (const chord of opens) await results?.chords?.open(chord);
  await publisher.publish(messages);
}

/** What ran before a part of an eager workflow, and what it gave. */
interface Before {
  readonly args?: readonly unknown[];
  readonly rootId?: string;
  readonly parentId?: string;
  /** For error callbacks: what failed. */
  readonly failure?: string;
}

/**
 * Runs a workflow here and now, its parts one after the other. What would follow a failure does not run; with
 * `taskEagerPropagates` the failure is thrown.
 * @throws NotRegistered for a task that is not known here, InvalidTaskError for what is no signature
 */
export async function runWorkflow(
  app: App,
  signature: SignatureDict,
  before: Before = {},
): Promise<AsyncResult | GroupResult> {
  const errbacksOnHeaders = app.conf.taskAllowErrorCbOnChordHeader;
  return runPart(app, freeze(signature, { newId: randomUUID, errbacksOnHeaders }), before);
}

async function runPart(app: App, part: SignatureDict, before: Before): Promise<AsyncResult | GroupResult> {
  const { args = [] } = before;
  switch (shapeOf(part)) {
    case 'task':
      return runPlain(app, withArguments(part, args, {}), before);
    case 'chain': {
      const [first, ...rest] = tasksOf(part);
      return runAfter(app, await runPart(app, first!, before), rest);
    }
    case 'group': {
      const members: (AsyncResult | GroupResult)[] = [];
      for (const member of tasksOf(part)) members.push(await runPart(app, member, before));
      return new GroupResult(app, String(part.options['task_id']), members);
    }
    case 'chord':
      return runAfter(app, await runPart(app, headerOf(part), before), [bodyOf(part)]);
  }
}

/** The steps after one that ran; the last of them has failed too where that failed. */
async function runAfter(
  app: App,
  first: AsyncResult | GroupResult,
  steps: readonly SignatureDict[],
): Promise<AsyncResult | GroupResult> {
  let result = first;
  for (const step of steps) {
    const value = await result.get({ propagate: false, disableSyncSubtasks: false });
    const failed = stepFailure(result, value);
    if (failed) {
      if (result instanceof GroupResult) await bodyFailed(app, step, result, failed);
      const id = tailOf(steps.at(-1)!)?.options['task_id'] ?? result.id;
      const ended = { state: 'FAILURE', value: undefined, error: failed };
      return new AsyncResult(app, String(id), { parent: result, ended });
    }
    result = await runPart(app, step, { args: [value], parentId: result.id });
  }
  return result;
}

/** What comes after a group is the body of a chord, which has failed without having run. */
async function bodyFailed(
  app: App,
  body: SignatureDict,
  header: GroupResult,
  error: TaskError,
): Promise<void> {
  const id = taskIds(body).at(-1) ?? header.id;
  const failure = failureOfBody(body, { id, rootId: id, parentId: null }, error.toErrorInfo());
  await callErrbacks(app, firstErrbacks(body), failure);
}

/** The failure of a step, as what follows it is told of it: after a group that is a chord's. */
function stepFailure(result: AsyncResult | GroupResult, value: unknown): TaskError | undefined {
  if (!(result instanceof GroupResult)) return value instanceof TaskError ? value : undefined;
  const at = (value as readonly unknown[]).findIndex((each) => each instanceof TaskError);
  if (at < 0) return undefined;
  const error = (value as readonly TaskError[])[at]!;
  const cause = errorRepr(error.toErrorInfo());
  return TaskError.from(new ChordError(`Dependency ${result.results[at]!.id} raised ${cause}`));
}

function runPlain(
  app: App,
  { task, args, kwargs, options }: SignatureDict,
  ids: Before,
): Promise<AsyncResult> {
  const { taskId, headers, stamps, link, linkError } = messageOptions(options);
  const takes = ids.failure !== undefined && app.tasks.get(task)?.isErrback;
  const failure = takes ? { [FAILURE_HEADER]: ids.failure } : undefined;
  return applyByName(app, task, args, {
    kwargs,
    ...(ids.rootId === undefined ? {} : { rootId: ids.rootId }),
    ...(ids.parentId === undefined ? {} : { parentId: ids.parentId }),
    ...(taskId === undefined ? {} : { taskId }),
    ...(headers || failure ? { headers: { ...headers, ...failure } } : {}),
    ...(stamps === undefined ? {} : { stamps }),
    ...(link === undefined ? {} : { link }),
    ...(linkError === undefined ? {} : { linkError }),
  });
}
