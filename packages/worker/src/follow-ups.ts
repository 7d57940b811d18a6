import type { App, Departure, TaskRequest } from '@lovage/app';
import { departure, departureOfErrbacks, departureOfRest, failureOf } from '@lovage/app';
import type { ChordOpening, Envelope, OutgoingMessage } from '@lovage/contracts';
import type {
  ErrorInfo,
  OutgoingHeaders,
  ResultTuple,
  SignatureDict,
  TaskBody,
  TaskHeaders,
} from '@lovage/protocol';
import {
  appliedCallbacks,
  childrenOf,
  compressorByContentType,
  json,
  jsonPlain,
  rawBody,
  rewriteTask,
  serializerByContentType,
  writeTask,
} from '@lovage/protocol';

/** What a task's end sends: messages, and the chords that they are parts of. */
export interface FollowUps {
  readonly followUps: OutgoingMessage[];
  readonly opens: readonly ChordOpening[];
  /** Result tuples of what was sent: the task's children. */
  readonly children: readonly ResultTuple[];
}

export const NOTHING_FOLLOWS: FollowUps = { followUps: [], opens: [], children: [] };

/** After a success: the callbacks, then the next step of the chain, each given the result. Celery's order. */
export function afterSuccess(
  app: App,
  request: TaskRequest,
  value: unknown,
  foreignPeers: boolean,
): FollowUps {
  const { callbacks, chain, id: parentId, rootId } = request;
  if (!callbacks?.length && !chain?.length) return NOTHING_FOLLOWS;
  const apply = { args: [value], parentId, rootId };
  const departures = appliedCallbacks(callbacks ?? []).map((callback) => departure(app, callback, apply));
  if (chain && chain.length > 0) departures.push(departureOfRest(app, chain, apply));
  return joined(departures, foreignPeers);
}

/** What a failure sends. */
export interface FailureFollowUps extends Pick<FollowUps, 'followUps' | 'opens'> {
  /** Why something of it cannot be sent: the failure itself must be stored all the same. */
  readonly warning?: string;
}

/** After a failure: the errbacks, each a task of its own. Celery runs some of them at once, where a crash would lose them. */
export function afterFailure(
  app: App,
  request: TaskRequest,
  error: ErrorInfo,
  traceback: string | null,
  foreignPeers: boolean,
): FailureFollowUps {
  if (!request.errbacks?.length) return NOTHING_FOLLOWS;
  const told = departureOfErrbacks(app, request.errbacks, failureOf(request, error, traceback));
  const { messages, opens, unsent } = told;
  const warning = `some of its errbacks cannot be sent: ${unsent.join('; ')}`;
  return {
    followUps: messages.map((message) => dueHere(message, foreignPeers)),
    opens,
    ...(unsent.length > 0 ? { warning } : {}),
  };
}

/** What `self.replace()` put in the task's place. */
export function afterReplacement(
  app: App,
  signature: SignatureDict,
  request: TaskRequest,
  foreignPeers: boolean,
): FollowUps {
  const { id, rootId, parentId } = request;
  return joined([departure(app, signature, { rootId, parentId: parentId ?? id })], foreignPeers);
}

function joined(departures: readonly Departure[], foreignPeers: boolean): FollowUps {
  return {
    followUps: departures.flatMap(({ messages }) =>
      messages.map((message) => dueHere(message, foreignPeers)),
    ),
    opens: departures.flatMap(({ opens }) => opens),
    children: departures.flatMap(({ result }) => childrenOf(result)),
  };
}

/** A worker in Python must see it: it keeps what is not due itself. A retry, by contrast, comes back to us. */
export function dueHere({ notBefore, ...message }: OutgoingMessage, foreignPeers: boolean): OutgoingMessage {
  return notBefore === undefined || foreignPeers ? message : { ...message, notBefore };
}

/** What a retry changes; everything else stays. */
export interface RetryChange {
  readonly etaMs?: number;
  readonly args?: readonly unknown[];
  readonly kwargs?: Readonly<Record<string, unknown>>;
}

/**
 * The same message once more: same id, links, chain, headers, priority and place in its workflow;
 * only `retries`, `eta` and, when `self.retry` was given new ones, the arguments differ (wire spec 7.2).
 * The body's bytes stay as they came where the arguments do, so that no value changes its type on the way.
 */
export function retryMessage(
  app: App,
  queue: string,
  envelope: Envelope,
  headers: TaskHeaders,
  body: TaskBody,
  change: RetryChange,
): OutgoingMessage {
  const { priority, replyTo, correlationId } = envelope;
  const options = {
    replyTo: replyTo ?? '',
    ...(priority === undefined ? {} : { priority }),
    ...(correlationId === undefined ? {} : { correlationId }),
  };
  // Protocol 1 keeps everything in its body, so such a message goes on as one of protocol 2.
  const rewritten = change.args !== undefined || change.kwargs !== undefined || headers.protocol === 1;
  const again = retryHeaders(headers, change, rewritten);
  const arguments_ = { ...body, args: change.args ?? body.args, kwargs: change.kwargs ?? body.kwargs };
  return {
    queue,
    envelope: rewritten
      ? writeTask(again, arguments_, { ...options, ...encodingOf(app, envelope, headers) })
      : rewriteTask(again, rawBody(envelope), options),
    ...(change.etaMs === undefined ? {} : { notBefore: change.etaMs }),
  };
}

/** A body that must be written anew is written as the old one was. */
function encodingOf(app: App, { contentType }: Envelope, { compression }: TaskHeaders) {
  const ours = app.conf.lovageJsonTyped ? json : jsonPlain;
  const same = serializerByContentType(contentType) ?? ours;
  const compressor = compression === null ? undefined : compressorByContentType(compression);
  return { serializer: same === json ? ours : same, ...(compressor ? { compression: compressor } : {}) };
}

function retryHeaders(headers: TaskHeaders, { etaMs }: RetryChange, rewritten: boolean): OutgoingHeaders {
  return {
    task: headers.task,
    id: headers.id,
    origin: headers.origin ?? '',
    shadow: headers.shadow,
    eta: etaMs ?? null,
    expires: headers.expiresText,
    group: headers.group,
    groupIndex: headers.groupIndex,
    retries: headers.retries + 1,
    timelimit: headers.timelimit,
    rootId: headers.rootId,
    parentId: headers.parentId,
    ...(rewritten ? {} : { argsrepr: headers.argsrepr, kwargsrepr: headers.kwargsrepr }),
    ignoreResult: headers.ignoreResult,
    replacedTaskNesting: headers.replacedTaskNesting,
    stampedHeaders: headers.stampedHeaders,
    stamps: headers.stamps,
    custom: headers.custom,
  };
}
