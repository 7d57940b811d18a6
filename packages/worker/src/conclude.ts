import type { App, ResolvedTaskOptions, TaskOutcome, TaskRequest } from '@lovage/app';
import type { Envelope, OutgoingMessage, ResultRecord } from '@lovage/contracts';
import type { ErrorInfo, TaskBody, TaskHeaders } from '@lovage/protocol';
import {
  errorInfo,
  errorInfoText,
  errorRepr,
  errorTraceback,
  saferepr,
  stringifyJson,
  type ValueForm,
} from '@lovage/protocol';
import { chordPart } from './chord-part.ts';
import type { Conclusion, Report } from './conclusion.ts';
import { afterFailure, afterSuccess, retryMessage } from './follow-ups.ts';
import type { RecordWriter } from './records.ts';

/** One execution, with all that is known of it. */
export interface Execution {
  readonly app: App;
  readonly options: ResolvedTaskOptions;
  readonly request: TaskRequest;
  readonly queue: string;
  readonly envelope: Envelope;
  readonly headers: TaskHeaders;
  readonly body: TaskBody;
  readonly records: RecordWriter;
  /** Somebody will read what the report says of a result: its repr costs time. */
  readonly describe: boolean;
  /** The broker's trait of that name. */
  readonly foreignPeers: boolean;
}

/**
 * What must follow an outcome: records, messages, settlement. Every rule of it is in this file.
 * Does no I/O; the time comes in.
 */
export function conclude(execution: Execution, outcome: TaskOutcome, nowMs: number): Conclusion {
  switch (outcome.kind) {
    case 'succeeded':
      return succeeded(execution, outcome.value, outcome.runtimeS, nowMs);
    case 'failed':
      return failed(execution, outcome.error, outcome.expected, outcome.runtimeS, nowMs);
    case 'retry':
      return retried(execution, outcome, nowMs);
    case 'ignored':
      return silent('done', { kind: 'ignored', runtimeS: 0, text: outcome.reason });
    case 'rejected':
      return silent(outcome.requeue ? 'release' : 'reject', {
        kind: 'rejected',
        runtimeS: 0,
        text: outcome.reason,
      });
  }
}

function succeeded(execution: Execution, value: unknown, runtimeS: number, nowMs: number): Conclusion {
  const { app, request, records } = execution;
  let resultJson: string;
  let followUps: OutgoingMessage[];
  try {
    resultJson = stringifyJson(value ?? null, valueForm(app));
    followUps = afterSuccess(app, request, value, execution.foreignPeers);
  } catch (error) {
    // The task ran, yet nobody could read what it returned, or what must follow it cannot be sent: its failure, as in Celery.
    return failed(execution, error, false, runtimeS, nowMs);
  }
  const children = followUps.map((message) => [[message.envelope.id, null], null]);
  return {
    records: records.success(request, resultJson, children, nowMs),
    followUps,
    settlement: 'done',
    ...chordPart(request, 'SUCCESS', () => resultJson),
    report: { kind: 'succeeded', runtimeS, text: execution.describe ? saferepr(value) : '' },
  };
}

function failed(
  execution: Execution,
  error: unknown,
  expected: boolean,
  runtimeS: number,
  nowMs: number,
): Conclusion {
  const { options } = execution;
  const info = errorInfo(error);
  const traceback = tracebackOf(error);
  const { warning, ...conclusion } = failure(execution, info, traceback, nowMs);
  return {
    ...conclusion,
    settlement: options.acksOnFailureOrTimeout ? 'done' : 'reject',
    report: {
      kind: 'failed',
      runtimeS,
      expected,
      text: errorRepr(info),
      ...(traceback ? { traceback } : {}),
      ...(warning ? { warning } : {}),
    },
  };
}

/**
 * A failure for good: the task's own, or its worker's loss. The steps of its chain that will never run
 * are given the same failure, so that whoever waits for them learns of it (wire spec 6.5).
 */
export function failure(
  execution: Execution,
  info: ErrorInfo,
  traceback: string | null,
  nowMs: number,
): Omit<Conclusion, 'settlement' | 'report'> & Pick<Report, 'warning'> {
  const { app, request, records } = execution;
  const errbacks = sendable(() => afterFailure(app, request, execution.foreignPeers));
  const own = records.failure(request, info, traceback, nowMs);
  const never: ResultRecord[] = (request.chain ?? []).flatMap((step) => {
    const id = step.options['task_id'];
    return typeof id === 'string' ? records.failureOf(id, request, info, traceback, nowMs) : [];
  });
  return {
    records: [...own, ...never],
    ...errbacks,
    ...chordPart(request, 'FAILURE', () => errorInfoText(info, valueForm(app))),
  };
}

/** The errbacks; or, where one cannot be sent, none of them and a warning: the failure itself must be stored all the same. */
function sendable(errbacks: () => OutgoingMessage[]): { followUps: OutgoingMessage[]; warning?: string } {
  try {
    return { followUps: errbacks() };
  } catch (error) {
    return { followUps: [], warning: `its errbacks cannot be sent: ${(error as Error).message}` };
  }
}

function retried(
  execution: Execution,
  outcome: Extract<TaskOutcome, { kind: 'retry' }>,
  nowMs: number,
): Conclusion {
  const { request, records, queue, envelope, headers, body } = execution;
  const { error, countdownS } = outcome;
  const message = retryMessage(execution.app, queue, envelope, headers, body, {
    ...(countdownS > 0 ? { etaMs: nowMs + countdownS * 1000 } : {}),
    ...(outcome.args ? { args: outcome.args } : {}),
    ...(outcome.kwargs ? { kwargs: outcome.kwargs } : {}),
  });
  const info = error === undefined ? null : errorInfo(error);
  const when = countdownS > 0 ? `in ${countdownS}s` : 'now';
  return {
    records: records.retry(request, info, tracebackOf(error), nowMs),
    followUps: [message],
    settlement: 'done',
    report: { kind: 'retried', runtimeS: 0, text: `Retry ${when}${info ? `: ${errorRepr(info)}` : ''}` },
  };
}

/** Nothing is stored and nothing follows. */
function silent(settlement: Conclusion['settlement'], report: Report): Conclusion {
  return { records: [], followUps: [], settlement, report };
}

/** How dates, bytes and their like are written in results. */
const valueForm = (app: App): ValueForm => (app.conf.lovageJsonTyped ? 'typed' : 'plain');

/** Null where nothing was thrown. */
const tracebackOf = (error: unknown): string | null => (error === undefined ? null : errorTraceback(error));
