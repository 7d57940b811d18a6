import type { App, TaskRequest } from '@lovage/app';
import { messageFromSignature } from '@lovage/app';
import type { Envelope, OutgoingMessage } from '@lovage/contracts';
import type { SignatureDict, TaskBody, TaskHeaders } from '@lovage/protocol';
import { isoUtc, saferepr, writeArguments } from '@lovage/protocol';

/** After a success: the callbacks, then the next step of the chain, each given the result. Celery's order. */
export function afterSuccess(app: App, request: TaskRequest, value: unknown): OutgoingMessage[] {
  const { callbacks, chain } = request;
  const messages = (callbacks ?? []).map((callback) => next(app, request, callback, [value]));
  if (chain && chain.length > 0) {
    // The wire keeps a chain reversed: the next step is the last element.
    const rest = chain.slice(0, -1);
    messages.push(next(app, request, chain[chain.length - 1]!, [value], rest));
  }
  return messages;
}

/** After a failure: each errback is sent as a task whose first argument is the id of the task that failed. */
export function afterFailure(app: App, request: TaskRequest): OutgoingMessage[] {
  return (request.errbacks ?? []).map((errback) => next(app, request, errback, [request.id]));
}

function next(
  app: App,
  request: TaskRequest,
  signature: SignatureDict,
  prependArgs: readonly unknown[],
  chain?: readonly SignatureDict[],
): OutgoingMessage {
  return messageFromSignature(app, signature, {
    prependArgs,
    parentId: request.id,
    rootId: request.rootId,
    ...(chain ? { chain } : {}),
  });
}

/**
 * The same message once more: same id, links, chain, headers, priority and place in its workflow;
 * only `retries`, `eta` and, when `self.retry` was given new ones, the arguments differ (wire spec 7.2).
 * The body's bytes are kept as they came where the arguments are, so that no value changes its type on the way.
 */
export function retryMessage(
  queue: string,
  envelope: Envelope,
  headers: TaskHeaders,
  body: TaskBody,
  change: {
    readonly etaMs?: number;
    readonly args?: readonly unknown[];
    readonly kwargs?: Readonly<Record<string, unknown>>;
  },
): OutgoingMessage {
  const again: Record<string, unknown> = { ...envelope.headers };
  delete again['redelivered'];
  delete again['lovage_deliveries'];
  again['retries'] = headers.retries + 1;
  again['eta'] = change.etaMs === undefined ? null : isoUtc(change.etaMs);

  let rewritten = envelope;
  if (change.args || change.kwargs) {
    const args = change.args ?? body.args;
    const kwargs = change.kwargs ?? body.kwargs;
    again['argsrepr'] = saferepr(args);
    again['kwargsrepr'] = saferepr(kwargs);
    rewritten = writeArguments(envelope, { ...body, args, kwargs });
  }
  return {
    queue,
    envelope: { ...rewritten, headers: again },
    ...(change.etaMs === undefined ? {} : { notBefore: change.etaMs }),
  };
}
