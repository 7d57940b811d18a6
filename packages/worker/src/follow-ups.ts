import type { App, TaskRequest } from '@lovage/app';
import { messageFromSignature } from '@lovage/app';
import type { Envelope, OutgoingMessage } from '@lovage/contracts';
import type { OutgoingHeaders, SignatureDict, TaskBody, TaskHeaders } from '@lovage/protocol';
import {
  compressorByContentType,
  json,
  jsonPlain,
  rawBody,
  rewriteTask,
  serializerByContentType,
  writeTask,
} from '@lovage/protocol';

/** After a success: the callbacks, then the next step of the chain, each given the result. Celery's order. */
export function afterSuccess(
  app: App,
  request: TaskRequest,
  value: unknown,
  foreignPeers: boolean,
): OutgoingMessage[] {
  const { callbacks, chain } = request;
  const messages = (callbacks ?? []).map((callback) => next(app, request, callback, [value], foreignPeers));
  if (chain && chain.length > 0) {
    // The wire keeps a chain reversed: the next step is the last element.
    const rest = chain.slice(0, -1);
    messages.push(next(app, request, chain[chain.length - 1]!, [value], foreignPeers, rest));
  }
  return messages;
}

/** After a failure: each errback is sent as a task whose first argument is the id of the task that failed. */
export function afterFailure(app: App, request: TaskRequest, foreignPeers: boolean): OutgoingMessage[] {
  return (request.errbacks ?? []).map((errback) => next(app, request, errback, [request.id], foreignPeers));
}

function next(
  app: App,
  request: TaskRequest,
  signature: SignatureDict,
  prependArgs: readonly unknown[],
  foreignPeers: boolean,
  chain?: readonly SignatureDict[],
): OutgoingMessage {
  const { queue, envelope, notBefore } = messageFromSignature(app, signature, {
    prependArgs,
    parentId: request.id,
    rootId: request.rootId,
    ...(chain ? { chain } : {}),
  });
  // A worker in Python must see it: it keeps what is not due itself. A retry, by contrast, comes back to us.
  return { queue, envelope, ...(notBefore === undefined || foreignPeers ? {} : { notBefore }) };
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
