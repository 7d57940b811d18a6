import type { ErrorInfo, FailedRequest, Failure, SignatureDict, TaskMeta } from '@lovage/protocol';
import { argsRepr, saferepr, tailOf } from '@lovage/protocol';
import type { TaskRequest } from '../execution/request.ts';

/** Characters of arguments that are shown, as in a message. */
const REPR_LENGTH = 1024;

/** A failure, as the worker knows it that has the request at hand. */
export function failureOf(request: TaskRequest, error: ErrorInfo, traceback: string | null): Failure {
  const { args, kwargs, deliveryInfo } = request;
  const { id, task, shadow, retries, rootId, parentId, group, hostname, origin } = request;
  const { headers, stampedHeaders, stamps } = request;
  return {
    request: {
      ...{ id, task, args, kwargs, shadow, retries, rootId, parentId, group, hostname, origin },
      ...{ headers, stampedHeaders, stamps },
      queue: deliveryInfo.routingKey || null,
      argsrepr: request.argsrepr ?? argsRepr(args, REPR_LENGTH),
      kwargsrepr: request.kwargsrepr ?? saferepr(kwargs, { maxLength: REPR_LENGTH }),
    },
    error,
    traceback,
  };
}

/** A failure of what never ran: of a chord's body, whose header failed. */
export function failureOfBody(
  body: SignatureDict,
  known: Pick<FailedRequest, 'id' | 'rootId' | 'parentId'>,
  error: ErrorInfo,
): Failure {
  const { task, args, kwargs, options } = tailOf(body) ?? body;
  const { headers, stamped_headers: names } = options;
  const stampedHeaders = Array.isArray(names) ? names.map(String) : null;
  const request = {
    ...onlyId(known.id, known.rootId),
    ...{ task, args, kwargs, stampedHeaders },
    parentId: known.parentId,
    argsrepr: text(options['argsrepr']) ?? argsRepr(args, REPR_LENGTH),
    kwargsrepr: text(options['kwargsrepr']) ?? saferepr(kwargs, { maxLength: REPR_LENGTH }),
    shadow: text(options['shadow']),
    retries: 0,
    group: text(options['group_id']),
    queue: text(options['queue']),
    headers: isRecord(headers) ? headers : {},
    stamps: Object.fromEntries((stampedHeaders ?? []).map((name) => [name, options[name] ?? null])),
  };
  return { request, error, traceback: null };
}

/** A failure, as its result document tells it; of the request more only where it is an extended one. */
export function failureFromMeta(meta: TaskMeta, rootId: string): Failure {
  const { taskId, name, args, kwargs, retries, parentId, groupId, queue, worker, result, traceback } = meta;
  const list = Array.isArray(args) ? (args as readonly unknown[]) : null;
  const named = isRecord(kwargs) ? kwargs : null;
  const known = {
    task: name ?? null,
    args: list,
    kwargs: named,
    argsrepr: list && argsRepr(list, REPR_LENGTH),
    kwargsrepr: named && saferepr(named, { maxLength: REPR_LENGTH }),
    retries: retries ?? null,
    parentId: parentId ?? null,
    group: groupId ?? null,
    queue: queue ?? null,
    hostname: worker ?? null,
  };
  return { request: { ...onlyId(taskId, rootId), ...known }, error: result as ErrorInfo, traceback };
}

/** A failure of which nothing is known but that it was one. */
export function unknownFailure(id: string, rootId: string, why: string): Failure {
  const text = `task ${id} failed; its details are not known: ${why}`;
  const error = { type: 'UnknownFailure', message: [text], module: 'js' };
  return { request: onlyId(id, rootId), error, traceback: null };
}

const onlyId = (id: string, rootId: string): FailedRequest => ({
  id,
  rootId,
  task: null,
  args: null,
  kwargs: null,
  argsrepr: null,
  kwargsrepr: null,
  shadow: null,
  retries: null,
  parentId: null,
  group: null,
  queue: null,
  hostname: null,
  origin: null,
  headers: {},
  stampedHeaders: null,
  stamps: {},
});

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
