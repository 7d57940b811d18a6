import type { Envelope } from '@lovage/contracts';
import type { TaskBody, TaskHeaders } from '@lovage/protocol';
import type { TaskRequest } from './request.ts';

/** What a message says of the call in it: the `request` that its task will see. */
export function requestFrom(
  headers: TaskHeaders,
  body: TaskBody,
  delivery: { readonly queue: string; readonly redelivered: boolean; readonly envelope: Envelope },
  hostname: string,
): TaskRequest {
  const { envelope, queue, redelivered } = delivery;
  const { embed } = body;
  return {
    id: headers.id,
    task: headers.task,
    args: body.args,
    kwargs: body.kwargs,
    shadow: headers.shadow,
    eta: headers.etaText,
    expires: headers.expiresText,
    retries: headers.retries,
    isEager: false,
    calledDirectly: false,
    timelimit: headers.timelimit,
    callbacks: embed.callbacks,
    errbacks: embed.errbacks,
    chain: embed.chain,
    chord: embed.chord,
    group: headers.group,
    groupIndex: headers.groupIndex,
    rootId: headers.rootId,
    parentId: headers.parentId,
    correlationId: envelope.correlationId ?? null,
    replyTo: envelope.replyTo ?? null,
    origin: headers.origin,
    hostname,
    deliveryInfo: { exchange: '', routingKey: queue, priority: envelope.priority ?? null, redelivered },
    lang: headers.lang,
    headers: headers.custom,
    stampedHeaders: headers.stampedHeaders,
    stamps: headers.stamps,
    replacedTaskNesting: headers.replacedTaskNesting,
    ignoreResult: headers.ignoreResult === true,
    argsrepr: headers.argsrepr,
    kwargsrepr: headers.kwargsrepr,
  };
}
