import type { Moment } from './moment.ts';
import { isLater } from './moment.ts';
import type { TaskRecord } from './task-record.ts';
import type { CallFields, Stages } from './task-stages.ts';

/** What is known of a task. Times are epoch ms; what no event told is undefined. */
export interface TaskView {
  readonly uuid: string;
  readonly name: string | undefined;
  /** PENDING, RECEIVED, STARTED, SUCCESS, FAILURE, RETRY, REVOKED, REJECTED, or in capitals what a custom event is called. */
  readonly state: string;
  /** The node that runs it, or ran it last. */
  readonly worker: string | undefined;
  /** Who called it. */
  readonly client: string | undefined;
  /** Arguments as texts. */
  readonly args: string | undefined;
  readonly kwargs: string | undefined;
  readonly retries: number | undefined;
  /** ISO 8601. */
  readonly eta: string | undefined;
  readonly expires: string | undefined;
  readonly rootId: string | undefined;
  readonly parentId: string | undefined;
  readonly queue: string | undefined;
  readonly exchange: string | undefined;
  readonly routingKey: string | undefined;
  /** The result as a text. */
  readonly result: string | undefined;
  /** Seconds. */
  readonly runtime: number | undefined;
  /** Of its failure, or of its last retry. */
  readonly exception: string | undefined;
  readonly traceback: string | undefined;
  /** Revoked while it ran, and by which signal. */
  readonly terminated: boolean | undefined;
  readonly signum: number | undefined;
  /** Revoked since it had expired. */
  readonly expired: boolean | undefined;
  readonly sentMs: number | undefined;
  readonly receivedMs: number | undefined;
  readonly startedMs: number | undefined;
  readonly succeededMs: number | undefined;
  readonly failedMs: number | undefined;
  readonly retriedMs: number | undefined;
  readonly revokedMs: number | undefined;
  readonly rejectedMs: number | undefined;
  /** When its last event was sent. */
  readonly timestampMs: number;
  /** The Lamport clock of the last event. */
  readonly clock: number;
}

export function viewTask({ uuid, state, name, stages }: TaskRecord): TaskView {
  const { sent, received, started, succeeded, failed, retried, revoked, rejected, custom } = stages;
  const ofWorker = latest<Moment>([received, started, succeeded, failed, retried, revoked, rejected, custom]);
  const last = latest<Moment>([sent, ofWorker]);
  const error = latest([failed, retried])?.fields;
  return {
    uuid,
    name,
    state,
    worker: ofWorker?.hostname,
    client: sent?.hostname,
    ...callOf(stages),
    queue: sent?.fields.queue,
    exchange: sent?.fields.exchange,
    routingKey: sent?.fields.routingKey,
    result: succeeded?.fields.result,
    runtime: succeeded?.fields.runtime,
    exception: error?.exception,
    traceback: error?.traceback,
    terminated: revoked?.fields.terminated,
    signum: revoked?.fields.signum,
    expired: revoked?.fields.expired,
    sentMs: msOf(sent),
    receivedMs: msOf(received),
    startedMs: msOf(started),
    succeededMs: msOf(succeeded),
    failedMs: msOf(failed),
    retriedMs: msOf(retried),
    revokedMs: msOf(revoked),
    rejectedMs: msOf(rejected),
    timestampMs: msOf(last) ?? 0,
    clock: last?.clock ?? 0,
  };
}

/** The worker's word counts before the caller's: it has read the message. */
function callOf({ received, sent }: Stages): Omit<CallFields, 'name'> {
  const [one, other] = [received?.fields, sent?.fields];
  return {
    args: one?.args ?? other?.args,
    kwargs: one?.kwargs ?? other?.kwargs,
    retries: one?.retries ?? other?.retries,
    eta: one?.eta ?? other?.eta,
    expires: one?.expires ?? other?.expires,
    rootId: one?.rootId ?? other?.rootId,
    parentId: one?.parentId ?? other?.parentId,
  };
}

function latest<M extends Moment>(stages: readonly (M | undefined)[]): M | undefined {
  let last: M | undefined;
  for (const stage of stages) if (stage && (!last || isLater(stage, last))) last = stage;
  return last;
}

const msOf = (moment: Moment | undefined): number | undefined => moment && moment.timestamp * 1000;
