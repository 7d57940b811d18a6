import type { OutgoingMessage } from '@lovage/contracts';
import type { App } from '../app.ts';
import { InvalidCall } from '../errors.ts';
import { bindArguments } from '../execution/bind-arguments.ts';
import { AsyncResult } from '../result/async-result.ts';
import type { AnyTask } from '../task/task.ts';
import { validateArguments } from '../task/validate.ts';
import type { Call } from './build-message.ts';
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

/** Sends calls in one publish; the results come in their order. All are sent, or the promise rejects. */
export async function sendMany(
  app: App,
  calls: readonly NamedCall[],
): Promise<readonly AsyncResult<unknown>[]> {
  if (calls.length === 0) return [];
  const ready: Call[] = [];
  for (const call of calls) ready.push(await prepare(app, call));

  const startedMs = performance.now();
  const { publisher, results } = await app.open();
  const context = { conf: app.conf, replyTo: results?.replyTo, nowMs: Date.now() };
  const messages: OutgoingMessage[] = [];
  for (const call of ready) {
    const message = buildMessage(call, context);
    messages.push(
      app.signals.beforeTaskPublish.size > 0 ? await signalPublishing(app, call, message) : message,
    );
  }
  const retry = ready.every(({ options }) => options.retry ?? true);
  await publisher.publish(messages, { retry, spentMs: performance.now() - startedMs });
  if (app.signals.afterTaskPublish.size > 0) await signalPublished(app, ready, messages);
  return ready.map((call, index) => resultOf(app, call, messages[index]!));
}

/** Checked and, where the task has a schema, validated. What is sent are the arguments as they were given. */
async function prepare(app: App, { task, args = [], options = {} }: NamedCall): Promise<Call> {
  const name = typeof task === 'string' ? task : task.name;
  if (!Array.isArray(args))
    throw new InvalidCall(`calling ${name}: the arguments must be a list, as in [1, 2]`);
  checkCallOptions(name, options);
  const { kwargs = {} } = options;
  const defaults = app.tasks.get(name)?.options;
  if (defaults?.schema) {
    await validateArguments(name, defaults.schema, bindArguments(name, defaults, args, kwargs));
  }
  return {
    task: name,
    args: withoutTrailingUndefined(args),
    kwargs,
    options,
    defaults,
    caller: callerOf(app),
  };
}

function resultOf(app: App, call: Call, { envelope }: OutgoingMessage): AsyncResult<unknown> {
  const ignored = envelope.headers['ignore_result'] === true;
  return new AsyncResult(app, envelope.id, { task: call.task, ignored });
}
