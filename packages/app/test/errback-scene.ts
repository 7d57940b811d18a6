import assert from 'node:assert/strict';
import type { AppOptions, FailedRequest, TaskError, TaskOutcome } from '@lovage/app';
import { App, failureOf, perform, requestFrom } from '@lovage/app';
import type { Failure, OutgoingHeaders } from '@lovage/protocol';
import { EMPTY_EMBED, FAILURE_HEADER, json, readHeaders, writeFailure, writeTask } from '@lovage/protocol';

export const make = (options: AppOptions = {}) =>
  new App('errbacks', {
    environment: {},
    brokerUrl: 'memory://errbacks',
    lovageLogLevel: 'silent',
    ...options,
  });

interface Call {
  readonly args?: readonly unknown[];
  readonly kwargs?: Record<string, unknown>;
  readonly headers?: Partial<OutgoingHeaders>;
}

/** Runs an error callback as a worker does that claimed such a message. */
export async function run(
  app: App,
  name: string,
  { args = ['failed-1'], kwargs = {}, headers }: Call = {},
): Promise<TaskOutcome> {
  const body = { args, kwargs, embed: EMPTY_EMBED };
  const own = { task: name, id: 'errback-1', origin: 'gen1@there', parentId: 'failed-1', rootId: 'root-1' };
  const envelope = writeTask({ ...own, ...headers }, body, { serializer: json, replyTo: '' });
  const request = requestFrom(
    readHeaders(envelope),
    body,
    { queue: 'celery', redelivered: false, envelope },
    'celery@here',
  );
  const context = { signal: new AbortController().signal, report: () => {} };
  return perform(app, app.tasks.get(name)!, request, context);
}

export const failureIn = (outcome: TaskOutcome): Error => {
  assert.equal(outcome.kind, 'failed');
  return (outcome as Extract<TaskOutcome, { kind: 'failed' }>).error as Error;
};

export class Declined extends Error {}

/** What a worker that ran `shop.charge` would tell. */
export function failure(app: App): Failure {
  const headers = {
    task: 'shop.charge',
    id: 'failed-1',
    origin: 'gen1@there',
    rootId: 'root-1',
    custom: { trace: 'x' },
  };
  const body = { args: [7], kwargs: { currency: 'eur' }, embed: EMPTY_EMBED };
  const envelope = writeTask(headers, body, { serializer: json, replyTo: '' });
  const delivery = { queue: 'payments', redelivered: false, envelope };
  const request = requestFrom(readHeaders(envelope), body, delivery, `celery@${app.name}`);
  return failureOf(request, { type: 'Declined', message: ['no'], module: 'js' }, 'the stack');
}

export const told = (app: App) => ({ custom: { [FAILURE_HEADER]: writeFailure(failure(app)) } });

/** An app with one error callback, and what that was given. */
export function listening(options: AppOptions = {}) {
  const app = make(options);
  const given: { request: FailedRequest; error: TaskError; traceback: string | null; own: unknown[] }[] = [];
  const alert = app.errback('alerts.failed', (request, error, traceback, ...own: (string | number)[]) => {
    given.push({ request, error, traceback, own });
    return own.length;
  });
  return { app, alert, given };
}
