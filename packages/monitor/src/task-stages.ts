import type { EventDocument } from '@lovage/protocol';
import { amount, flag, identity, name, number, repr, traceback } from './fields.ts';
import type { Moment } from './moment.ts';

/** What a call says of itself, in `task-sent` and again in `task-received`. */
export interface CallFields {
  readonly name: string | undefined;
  readonly args: string | undefined;
  readonly kwargs: string | undefined;
  readonly retries: number | undefined;
  readonly eta: string | undefined;
  readonly expires: string | undefined;
  readonly rootId: string | undefined;
  readonly parentId: string | undefined;
}

export interface SentFields extends CallFields {
  readonly queue: string | undefined;
  readonly exchange: string | undefined;
  readonly routingKey: string | undefined;
}

export interface ErrorFields {
  readonly exception: string | undefined;
  readonly traceback: string | undefined;
}

export interface SucceededFields {
  readonly result: string | undefined;
  /** Seconds. */
  readonly runtime: number | undefined;
}

export interface RevokedFields {
  readonly terminated: boolean | undefined;
  readonly signum: number | undefined;
  /** It came too late, and nobody revoked it. */
  readonly expired: boolean | undefined;
}

/** Of an event of another type, such as `task-progress`. */
export interface CustomFields {
  readonly name: string | undefined;
}

/** The fields of each of Celery's events of tasks that say something. */
export interface StageFields {
  readonly sent: SentFields;
  readonly received: CallFields;
  readonly started: undefined;
  readonly succeeded: SucceededFields;
  readonly failed: ErrorFields;
  readonly retried: ErrorFields;
  readonly revoked: RevokedFields;
  readonly rejected: undefined;
  readonly custom: CustomFields;
}

export type StageName = keyof StageFields;

/** The last event of its kind. */
export interface Stage<Fields> extends Moment {
  readonly state: string;
  readonly fields: Fields;
}

export type Stages = { -readonly [Name in StageName]?: Stage<StageFields[Name]> };

/** The state that each event says the task is in. */
const STATES: Readonly<Record<string, readonly [StageName, string]>> = {
  sent: ['sent', 'PENDING'],
  received: ['received', 'RECEIVED'],
  started: ['started', 'STARTED'],
  succeeded: ['succeeded', 'SUCCESS'],
  failed: ['failed', 'FAILURE'],
  retried: ['retried', 'RETRY'],
  revoked: ['revoked', 'REVOKED'],
  rejected: ['rejected', 'REJECTED'],
};

/** Of `progress` in 'task-progress': a stage of its own, and the state PROGRESS. */
export function stageOf(subject: string): readonly [stage: StageName, state: string] {
  return (Object.hasOwn(STATES, subject) && STATES[subject]) || ['custom', subject.toUpperCase()];
}

const READERS: { readonly [Name in StageName]: (event: EventDocument) => StageFields[Name] } = {
  sent: (event) => ({
    ...call(event),
    queue: name(event, 'queue'),
    exchange: name(event, 'exchange'),
    routingKey: name(event, 'routing_key'),
  }),
  received: call,
  started: () => undefined,
  succeeded: (event) => ({ result: repr(event, 'result'), runtime: amount(event, 'runtime') }),
  failed: failure,
  retried: failure,
  revoked: (event) => ({
    terminated: flag(event, 'terminated'),
    signum: number(event, 'signum'),
    expired: flag(event, 'expired'),
  }),
  rejected: () => undefined,
  custom: (event) => ({ name: name(event, 'name') }),
};

/** What of an event is kept. */
export function readFields<Name extends StageName>(stage: Name, event: EventDocument): StageFields[Name] {
  return READERS[stage](event);
}

function call(event: EventDocument): CallFields {
  return {
    name: name(event, 'name'),
    args: repr(event, 'args'),
    kwargs: repr(event, 'kwargs'),
    retries: amount(event, 'retries'),
    eta: name(event, 'eta'),
    expires: name(event, 'expires'),
    rootId: identity(event, 'root_id'),
    parentId: identity(event, 'parent_id'),
  };
}

function failure(event: EventDocument): ErrorFields {
  return { exception: repr(event, 'exception'), traceback: traceback(event) };
}

/** Nothing takes a task out of these again; the more settled first. */
const OVER = ['succeeded', 'failed', 'revoked'] as const;

/** While it is not over, the more settled first: Celery's precedence. */
const UNDER_WAY = ['custom', 'started', 'received', 'rejected'] as const;

/**
 * The event that says what state the task is in. It follows from what happened, not from the order in which it was
 * told: a task that is over stays so, a retry begins anew, and between two retries the more settled state counts.
 * Undefined for no events.
 */
export function deciding(stages: Stages, isLater: (one: Moment, other: Moment) => boolean) {
  for (const over of OVER) if (stages[over]) return stages[over];
  const { retried } = stages;
  for (const underWay of UNDER_WAY) {
    const stage = stages[underWay];
    if (stage && !(retried && isLater(retried, stage))) return stage;
  }
  return retried ?? stages.sent;
}
