import assert from 'node:assert/strict';
import type { NamedTaskOptions, PerformContext, TaskOutcome, TaskSelf } from '@lovage/app';
import { App, perform, requestFrom } from '@lovage/app';
import type { TaskHeaders } from '@lovage/protocol';
import { EMPTY_EMBED, json, readHeaders, writeTask } from '@lovage/protocol';

export type Fn = (self: TaskSelf, ...args: never[]) => unknown;

interface Given {
  readonly options?: Partial<NamedTaskOptions>;
  readonly args?: readonly unknown[];
  readonly kwargs?: Record<string, unknown>;
  readonly headers?: Partial<TaskHeaders>;
  readonly context?: Partial<PerformContext>;
  readonly prepare?: (app: App) => void;
  /** Default: an app of its own. */
  readonly on?: App;
}

/** Defines a bound task, sends it through the wire's form, and performs it once. */
export async function run(fn: Fn, given: Given = {}): Promise<TaskOutcome> {
  const app = given.on ?? new App('perform', { environment: {}, brokerUrl: 'memory://' });
  given.prepare?.(app);
  const name = `t.fn${given.on ? crypto.randomUUID() : ''}`;
  const task = app.adopt({ name, options: { bind: true, ...given.options }, fn, file: 'here' });
  const body = { args: given.args ?? [], kwargs: given.kwargs ?? {}, embed: EMPTY_EMBED };
  const envelope = writeTask({ task: 't.fn', id: 'id-1', origin: 'gen1@host' }, body, {
    serializer: json,
    replyTo: '',
  });
  const headers = { ...readHeaders(envelope), ...given.headers };
  const request = requestFrom(
    headers,
    body,
    { queue: 'celery', redelivered: false, envelope },
    'celery@here',
  );
  return perform(app, task, request, {
    signal: new AbortController().signal,
    report: () => {},
    ...given.context,
  });
}

export const failure = (outcome: TaskOutcome): unknown => {
  assert.equal(outcome.kind, 'failed');
  return (outcome as Extract<TaskOutcome, { kind: 'failed' }>).error;
};

export const retry = (outcome: TaskOutcome): Extract<TaskOutcome, { kind: 'retry' }> => {
  assert.equal(outcome.kind, 'retry');
  return outcome as Extract<TaskOutcome, { kind: 'retry' }>;
};

export class Broken extends Error {}
export const fails = () => {
  throw new Broken('no');
};
