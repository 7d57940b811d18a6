import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Serializer } from '@lovage/contracts';
import {
  EncodeError,
  errorInfo,
  errorTraceback,
  isFinal,
  type SignatureDict,
  writeMeta,
} from '@lovage/protocol';
import type { App } from '../app.ts';
import { NotRegistered, TaskRevokedError } from '../errors.ts';
import type { TaskOutcome } from '../execution/outcome.ts';
import { perform } from '../execution/perform.ts';
import { plainRequest } from '../execution/plain-request.ts';
import type { TaskRequest } from '../execution/request.ts';
import { AsyncResult } from '../result/async-result.ts';
import { TaskError } from '../result/task-error.ts';
import type { AnyTask } from '../task/task.ts';
import { serializerFor, signatures, withoutTrailingUndefined } from './build-message.ts';
import { callerOf } from './caller.ts';
import { checkCallOptions } from './check-options.ts';
import { messageFromSignature, messageOptions } from './from-signature.ts';
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

/** The value as it would arrive. Throws EncodeError naming the part that would not. */
function travel(serializer: Serializer, name: string, value: unknown): unknown {
  try {
    return serializer.decode(serializer.encode(value));
  } catch (error) {
    throw error instanceof EncodeError ? error.within(name) : error;
  }
}

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
  checkCallOptions(name, options);
  const first = eagerRequest(task, args, options);
  const { request, outcome, reported } = await runToItsEnd(task, first);
  await followUp(app, request, outcome);
  const ended = endOf(outcome, reported);
  if (app.conf.taskStoreEagerResult) await storeEnd(app, request, ended);
  if (outcome.kind === 'failed' && app.conf.taskEagerPropagates) throw outcome.error;
  return new AsyncResult<Value>(app, request.id, { task: name, ended });
}

function eagerRequest(task: AnyTask, args: readonly unknown[], options: CallOptions): TaskRequest {
  const id = options.taskId ?? randomUUID();
  const caller = callerOf(task.app);
  return plainRequest({
    id,
    task: task.name,
    args,
    kwargs: options.kwargs ?? {},
    isEager: true,
    shadow: options.shadow ?? null,
    timelimit: [options.timeLimit ?? null, options.softTimeLimit ?? null],
    callbacks: signatures(options.link),
    errbacks: signatures(options.linkError),
    rootId: options.rootId ?? caller?.rootId ?? id,
    parentId: options.parentId ?? caller?.id ?? null,
    hostname: hostname(),
    deliveryInfo: {
      exchange: '',
      routingKey: options.queue ?? '',
      priority: options.priority ?? null,
      redelivered: false,
    },
    headers: options.headers ?? {},
    ignoreResult: options.ignoreResult ?? task.options.ignoreResult,
  });
}

interface Run {
  readonly request: TaskRequest;
  readonly outcome: TaskOutcome;
  /** The last state that the task reported of itself. */
  readonly reported: { readonly state: string; readonly meta: unknown } | undefined;
}

async function runToItsEnd(task: AnyTask, first: TaskRequest): Promise<Run> {
  let reported: Run['reported'];
  const context = {
    signal: new AbortController().signal,
    report: (state: string, meta: unknown) => {
      reported = { state, meta };
    },
  };
  let request = first;
  for (;;) {
    const outcome = await perform(task.app, task, request, context);
    if (outcome.kind !== 'retry') return { request, outcome, reported };
    request = {
      ...request,
      retries: request.retries + 1,
      ...(outcome.args ? { args: outcome.args } : {}),
      ...(outcome.kwargs ? { kwargs: outcome.kwargs } : {}),
    };
  }
}

/** Callbacks after a success, errbacks after a failure: sent, or run when every call is eager. */
async function followUp(app: App, request: TaskRequest, outcome: TaskOutcome): Promise<void> {
  const [links, value] =
    outcome.kind === 'succeeded'
      ? [request.callbacks, outcome.value]
      : outcome.kind === 'failed'
        ? [request.errbacks, request.id]
        : [null, undefined];
  for (const link of links ?? []) await sendLink(app, link, value, request);
}

async function sendLink(app: App, link: SignatureDict, value: unknown, request: TaskRequest): Promise<void> {
  const call = { prependArgs: [value], rootId: request.rootId, parentId: request.id };
  if (!app.conf.taskAlwaysEager) {
    const { publisher } = await app.open();
    return publisher.publish([messageFromSignature(app, link, call)]);
  }
  const args = link.immutable ? link.args : [value, ...link.args];
  const { taskId, headers, link: next, linkError } = messageOptions(link.options);
  await applyByName(app, link.task, args, {
    kwargs: link.kwargs,
    rootId: request.rootId,
    parentId: request.id,
    ...(taskId === undefined ? {} : { taskId }),
    ...(headers === undefined ? {} : { headers }),
    ...(next === undefined ? {} : { link: next }),
    ...(linkError === undefined ? {} : { linkError }),
  });
}

/** How an eager call ended, for its result. */
function endOf(outcome: TaskOutcome, reported: Run['reported']): NonNullable<AsyncResult<unknown>['ended']> {
  switch (outcome.kind) {
    case 'succeeded':
      return { state: 'SUCCESS', value: outcome.value, error: undefined };
    case 'failed':
      return { state: 'FAILURE', value: undefined, error: TaskError.from(outcome.error) };
    case 'rejected':
      return {
        state: 'REJECTED',
        value: undefined,
        error: TaskError.from(new TaskRevokedError(outcome.reason)),
      };
    default:
      return { state: reported?.state ?? 'PENDING', value: reported?.meta, error: undefined };
  }
}

async function storeEnd(
  app: App,
  request: TaskRequest,
  { state, value, error }: NonNullable<AsyncResult<unknown>['ended']>,
): Promise<void> {
  const { results } = await app.open();
  if (!results || request.ignoreResult) return;
  const payload = writeMeta({
    status: state,
    result: error ? errorInfo(error) : value,
    taskId: request.id,
    traceback: error ? errorTraceback(error.cause ?? error) : null,
    dateDone: Date.now(),
    parentId: request.parentId,
  });
  const { resultExpires } = app.conf;
  await results.store([
    {
      taskId: request.id,
      state,
      final: isFinal(state),
      payload,
      ...(resultExpires ? { ttlMs: resultExpires * 1000 } : {}),
    },
  ]);
}
