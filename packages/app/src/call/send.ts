import type { OutgoingMessage } from '@lovage/contracts';
import type { App } from '../app.ts';
import { InvalidCall } from '../errors.ts';
import { bindArguments } from '../execution/bind-arguments.ts';
import { noteChildren } from '../execution/trail.ts';
import { AsyncResult } from '../result/async-result.ts';
import type { ResolvedTaskOptions } from '../task/options.ts';
import type { AnyTask } from '../task/task.ts';
import { validateArguments } from '../task/validate.ts';
import type { BuildContext, Call } from './build-message.ts';
import { buildMessage, withoutTrailingUndefined } from './build-message.ts';
import { callerOf } from './caller.ts';
import { checkCallOptions } from './check-options.ts';
import { applyByName } from './eager.ts';
import type { CallOptions } from './options.ts';
import { signalPublished, signalPublishing } from './publish-signals.ts';

/** A call of some task, by its name: what `app.bulk` takes many of. */
export interface NamedCall {
  readonly task: string | { readonly name: string };
  readonly args?: readonly unknown[];
  readonly options?: CallOptions;
}

/** Sends a call of a task that is known here. */
export async function callTask<Value>(
  task: AnyTask,
  args: readonly unknown[],
  options: CallOptions,
): Promise<AsyncResult<Value>> {
  return sendSignature<Value>(task.app, task.name, args, options);
}

/** Sends a call of a task by its name, known here or not; or runs it, in eager mode. */
export async function sendSignature<Value>(
  app: App,
  name: string,
  args: readonly unknown[],
  options: CallOptions,
): Promise<AsyncResult<Value>> {
  if (app.conf.taskAlwaysEager) return applyByName<Value>(app, name, args, options);
  const [result] = await sendMany(app, [{ task: name, args, options }]);
  return result as AsyncResult<Value>;
}

/** The same for many calls; in eager mode they run one after the other. */
export async function sendBulk(
  app: App,
  calls: readonly NamedCall[],
): Promise<readonly AsyncResult<unknown>[]> {
  if (!app.conf.taskAlwaysEager) return sendMany(app, calls);
  const results: AsyncResult[] = [];
  for (const { task, args = [], options = {} } of calls) {
    results.push(await applyByName(app, typeof task === 'string' ? task : task.name, args, options));
  }
  return results;
}

/** Sends calls in one publish; the results come in their order. All are sent, or the promise rejects. */
export async function sendMany(
  app: App,
  calls: readonly NamedCall[],
): Promise<readonly AsyncResult<unknown>[]> {
  if (calls.length === 0) return [];
  const caller = callerOf(app);
  const ready: Call[] = [];
  for (const call of calls) {
    const prepared = prepare(app, call, caller);
    // Waits only for those that have a schema: a bulk call may hold very many.
    if (prepared.defaults?.schema) await validate(prepared, prepared.defaults, call.args);
    ready.push(prepared);
  }

  const messages = await publishCalls(app, ready);
  if (caller) {
    const children = messages.map(({ envelope }) => [[envelope.id, null], null] as const);
    noteChildren(app, children);
  }
  return ready.map((call, index) => resultOf(app, call, messages[index]!));
}

/**
 * Sends calls that are checked in one publish, and answers their messages.
 * @param before Done when all messages are made, before any is sent.
 */
export async function publishCalls(
  app: App,
  ready: readonly Call[],
  before?: () => Promise<void>,
): Promise<readonly OutgoingMessage[]> {
  const startedMs = performance.now();
  const { publisher, results, bus } = await app.open();
  const context = { conf: app.conf, replyTo: results?.replyTo, nowMs: Date.now() };
  const messages: OutgoingMessage[] = [];
  for (const call of ready) messages.push(await messageOf(app, call, context));
  await before?.();
  const tx = transactionOf(ready);
  const retry = tx === undefined && ready.every(({ options }) => options.retry ?? true);
  await publisher.publish(messages, { retry, spentMs: performance.now() - startedMs, tx });
  // In a transaction, nobody knows yet whether they will have been sent.
  if (app.conf.taskSendSentEvent && tx === undefined) app.events.sent(messages, bus);
  if (app.signals.afterTaskPublish.size > 0) await signalPublished(app, ready, messages);
  return messages;
}

async function messageOf(app: App, call: Call, context: BuildContext): Promise<OutgoingMessage> {
  const message = buildMessage(call, context);
  return app.signals.beforeTaskPublish.size > 0 ? signalPublishing(app, call, message) : message;
}

/** A call and its message, which somebody else sends: beat, in one step with the record that it was due. */
export interface PreparedCall {
  readonly call: Call;
  readonly message: OutgoingMessage;
}

/**
 * Everything about a call but its sending. It is nobody's child.
 * @throws InvalidCall, InvalidArguments, QueueNotFound and EncodeError, as the call itself would
 */
export async function prepareCall(app: App, named: NamedCall): Promise<PreparedCall> {
  const call = prepare(app, named, undefined);
  if (call.defaults?.schema) await validate(call, call.defaults, named.args);
  const { results } = await app.open();
  const context = { conf: app.conf, replyTo: results?.replyTo, nowMs: Date.now() };
  return { call, message: await messageOf(app, call, context) };
}

/** Tells of calls that have been sent: `task-sent`, where it is asked for, and the signal. */
export async function announceSent(app: App, sent: readonly PreparedCall[]): Promise<void> {
  const messages = sent.map(({ message }) => message);
  if (app.conf.taskSendSentEvent) app.events.sent(messages, (await app.open()).bus);
  if (app.signals.afterTaskPublish.size > 0) {
    const calls = sent.map(({ call }) => call);
    await signalPublished(app, calls, messages);
  }
}

/** Calls of one publish are in one transaction, or in none. */
function transactionOf(calls: readonly Call[]): object | undefined {
  const tx = calls[0]?.options.tx;
  if (calls.some(({ options }) => options.tx !== tx)) {
    throw new InvalidCall('calls that are sent together must have the same tx, or all of them none');
  }
  return tx;
}

/** By the schema of the task, where all of its arguments are here. */
export const validateCall = (call: Call): Promise<void> =>
  call.defaults ? validate(call, call.defaults, call.args) : Promise.resolve();

/** Checked. */
function prepare(app: App, { task, args = [], options = {} }: NamedCall, caller: Call['caller']): Call {
  const name = typeof task === 'string' ? task : task.name;
  if (!Array.isArray(args))
    throw new InvalidCall(`calling ${name}: the arguments must be a list, as in [1, 2]`);
  checkCallOptions(name, options);
  return {
    task: name,
    args: withoutTrailingUndefined(args),
    kwargs: options.kwargs ?? {},
    options,
    defaults: app.tasks.get(name)?.options,
    caller,
  };
}

/** By the task's schema. What is sent are the arguments as they were given. */
async function validate(
  { task, kwargs }: Call,
  defaults: ResolvedTaskOptions,
  args: readonly unknown[] = [],
): Promise<void> {
  if (defaults.schema)
    await validateArguments(task, defaults.schema, bindArguments(task, defaults, args, kwargs));
}

function resultOf(app: App, call: Call, { envelope }: OutgoingMessage): AsyncResult<unknown> {
  const ignored = envelope.headers['ignore_result'] === true;
  return new AsyncResult(app, envelope.id, { task: call.task, ignored });
}
