import type { TaskRequest } from './request.ts';

/** A request that no message stands behind: of an eager call, or of a function that was simply called. */
export function plainRequest(
  known: Pick<TaskRequest, 'id' | 'task' | 'args' | 'kwargs'> & Partial<TaskRequest>,
): TaskRequest {
  return {
    shadow: null,
    eta: null,
    expires: null,
    retries: 0,
    isEager: false,
    calledDirectly: false,
    timelimit: [null, null],
    callbacks: null,
    errbacks: null,
    chain: null,
    chord: null,
    group: null,
    groupIndex: null,
    rootId: known.id,
    parentId: null,
    correlationId: known.id,
    replyTo: null,
    origin: null,
    hostname: null,
    deliveryInfo: { exchange: '', routingKey: '', priority: null, redelivered: false },
    lang: 'js',
    headers: {},
    stampedHeaders: null,
    stamps: {},
    replacedTaskNesting: 0,
    ignoreResult: false,
    argsrepr: null,
    kwargsrepr: null,
    ...known,
  };
}
