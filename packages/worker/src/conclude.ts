import type { App, ResolvedTaskOptions, TaskOutcome, TaskRequest } from '@lovage/app';
import type { Envelope } from '@lovage/contracts';
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
import { chordParts } from './chord-part.ts';
import type { Conclusion, Report } from './conclusion.ts';
import type { FollowUps } from './follow-ups.ts';
import { afterFailure, afterReplacement, afterSuccess, retryMessage } from './follow-ups.ts';
import { neverRun } from './never-run.ts';
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
      return succeeded(execution, outcome, nowMs);
    case 'failed':
      return failed(execution, outcome.error, outcome.expected, outcome.runtimeS, nowMs);
    case 'retry':
      return retried(execution, outcome, nowMs);
    case 'replaced':
      return replaced(execution, outcome, nowMs);
    case 'ignored':
      return silent('done', { kind: 'ignored', runtimeS: 0, text: outcome.reason });
    case 'rejected':
      return silent(outcome.requeue ? 'release' : 'reject', {
        kind: 'rejected',
        runtimeS: 0,
        text: outcome.reason,
        requeue: outcome.requeue,
      });
  }
}

function succeeded(
  execution: Execution,
  { value, runtimeS, trail = [] }: Extract<TaskOutcome, { kind: 'succeeded' }>,
  nowMs: number,
): Conclusion {
  const { app, request, records } = execution;
  let resultJson: string;
  let next: FollowUps;
  try {
    resultJson = stringifyJson(value ?? null, valueForm(app));
    next = afterSuccess(app, request, value, execution.foreignPeers);
  } catch (error) {
    // The task ran, yet nobody could read what it returned, or what must follow it cannot be sent: its failure, as in Celery.
    return failed(execution, error, false, runtimeS, nowMs);
  }
  return {
    records: records.success(request, resultJson, [...trail, ...next.children], nowMs),
    ...sent(next),
    settlement: 'done',
    ...chordParts(request, 'SUCCESS', () => resultJson),
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
  const { warning, ...errbacks } = afterFailure(app, request, info, traceback, execution.foreignPeers);
  const subjects = [request, ...neverRun(request.chain, request.id)];
  return {
    records: subjects.flatMap((subject) => records.failure(subject, info, traceback, nowMs)),
    ...sent(errbacks),
    ...(warning ? { warning } : {}),
    ...chordParts(request, 'FAILURE', () => errorInfoText(info, valueForm(app))),
  };
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
  const exception = info ? errorRepr(info) : '';
  const traceback = tracebackOf(error);
  const when = countdownS > 0 ? `in ${countdownS}s` : 'now';
  return {
    records: records.retry(request, info, traceback, nowMs),
    followUps: [message],
    settlement: 'done',
    report: {
      kind: 'retried',
      runtimeS: 0,
      text: `Retry ${when}${info ? `: ${exception}` : ''}`,
      exception,
      ...(traceback && execution.describe ? { traceback } : {}),
    },
  };
}

/** Another signature runs in its place, under its id: no result, no count, nothing of its own follows. */
function replaced(
  execution: Execution,
  { signature, runtimeS }: Extract<TaskOutcome, { kind: 'replaced' }>,
  nowMs: number,
): Conclusion {
  const { app, request, foreignPeers } = execution;
  try {
    const next = afterReplacement(app, signature, request, foreignPeers);
    const report = { kind: 'ignored', runtimeS, text: 'Replaced by new task' } as const;
    return { records: [], ...sent(next), settlement: 'done', report };
  } catch (error) {
    return failed(execution, error, false, runtimeS, nowMs);
  }
}

const sent = ({
  followUps,
  opens,
}: Pick<FollowUps, 'followUps' | 'opens'>): Pick<Conclusion, 'followUps' | 'opens'> =>
  opens.length === 0 ? { followUps } : { followUps, opens };

/** Nothing is stored and nothing follows. */
function silent(settlement: Conclusion['settlement'], report: Report): Conclusion {
  return { records: [], followUps: [], settlement, report };
}

/** How dates, bytes and their like are written in results. */
const valueForm = (app: App): ValueForm => (app.conf.lovageJsonTyped ? 'typed' : 'plain');

/** Null where nothing was thrown. */
const tracebackOf = (error: unknown): string | null => (error === undefined ? null : errorTraceback(error));
