import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Serializer } from '@lovage/contracts';
import { EncodeError, errorInfo, errorTraceback, isFinal, writeMeta } from '@lovage/protocol';
import type { App } from '../app.ts';
import { TaskRevokedError } from '../errors.ts';
import type { TaskOutcome } from '../execution/outcome.ts';
import { perform } from '../execution/perform.ts';
import { plainRequest } from '../execution/plain-request.ts';
import type { TaskRequest } from '../execution/request.ts';
import type { AsyncResult } from '../result/async-result.ts';
import { TaskError } from '../result/task-error.ts';
import type { AnyTask } from '../task/task.ts';
import { signatures, stampHeaders } from './build-message.ts';
import { callerOf } from './caller.ts';
import { checkCallOptions } from './check-options.ts';
import type { CallOptions } from './options.ts';

/** The value as it would arrive. Throws EncodeError naming the part that would not. */
export function travel(serializer: Serializer, name: string, value: unknown): unknown {
  try {
    return serializer.decode(serializer.encode(value));
  } catch (error) {
    throw error instanceof EncodeError ? error.within(name) : error;
  }
}

/** One task that ran in this process, and whatever it was retried for. */
export interface EagerRun {
  readonly request: TaskRequest;
  readonly outcome: TaskOutcome;
  /** The last state that the task reported of itself. */
  readonly reported: { readonly state: string; readonly meta: unknown } | undefined;
}

/** Runs a task here and now, retries in place and without their delay. What follows it is up to the caller. */
export async function runHere(
  task: AnyTask,
  args: readonly unknown[],
  options: CallOptions,
): Promise<EagerRun> {
  checkCallOptions(task.name, options);
  return runToItsEnd(task, eagerRequest(task, args, options));
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
    ...stampHeaders(options.stamps),
    ignoreResult: options.ignoreResult ?? task.options.ignoreResult,
  });
}

async function runToItsEnd(task: AnyTask, first: TaskRequest): Promise<EagerRun> {
  let reported: EagerRun['reported'];
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

type Ended = NonNullable<AsyncResult['ended']>;

/** How an eager call ended, for its result. */
export function endOf({ outcome, reported }: EagerRun): Ended {
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

/** `taskStoreEagerResult`: where others find it. */
export async function storeEnd(
  app: App,
  request: TaskRequest,
  { state, value, error }: Ended,
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
