import type { ControlArguments } from '@lovage/app';
import type { QueueSpec } from '@lovage/contracts';
import { optionalText, textArgument } from '../arguments.ts';
import type { Command } from '../command.ts';
import { ok } from '../command.ts';

/** Longest name of a queue: AMQP's limit. */
const MAX_NAME = 255;

/** Which queues this worker consumes. */
export const queueCommands: readonly Command[] = [
  {
    name: 'add_consumer',
    required: ['queue'],
    optional: ['exchange', 'exchange_type', 'routing_key'],
    async run({ panel, log }, args) {
      const name = queueName(args);
      refuseBindings(name, args);
      const known = panel.app.queues().find((queue) => queue.name === name);
      await panel.queues.add(known ?? { name });
      log.info(`Started consuming from ${name}`);
      return ok(`add consumer ${name}`);
    },
  },
  {
    name: 'cancel_consumer',
    required: ['queue'],
    async run({ panel, log }, args) {
      const name = queueName(args);
      log.info(`Canceling queue ${name}`);
      await panel.queues.cancel(name);
      return ok(`no longer consuming from ${name}`);
    },
  },
  {
    name: 'active_queues',
    strict: true,
    run: ({ panel }) => panel.queues.list().map(queueInfo),
  },
];

function queueName(args: ControlArguments): string {
  const name = textArgument(args, 'queue');
  if (name.length <= MAX_NAME) return name;
  throw new RangeError(`the name of a queue has at most ${MAX_NAME} characters`);
}

/**
 * A queue here gets what is sent to its name and nothing else: to consume it and let other bindings go would leave
 * messages lying that somebody waits for. Other options of Celery's (durable, …) change nothing here.
 */
function refuseBindings(queue: string, args: ControlArguments): void {
  const exchange = optionalText(args, 'exchange') || queue;
  const type = optionalText(args, 'exchange_type') || 'direct';
  const routingKey = optionalText(args, 'routing_key') || queue;
  if (exchange === queue && type === 'direct' && routingKey === queue) return;
  throw new RangeError(
    `queues are not bound to exchanges here: leave out exchange, exchange_type and routing_key, and send to ${queue} itself`,
  );
}

/** As kombu shows a queue that is bound to a direct exchange of its name. */
function queueInfo({ name }: QueueSpec): Readonly<Record<string, unknown>> {
  return {
    name,
    exchange: {
      name,
      type: 'direct',
      arguments: null,
      durable: true,
      passive: false,
      auto_delete: false,
      delivery_mode: null,
      no_declare: false,
    },
    routing_key: name,
    queue_arguments: null,
    binding_arguments: null,
    consumer_arguments: null,
    durable: true,
    exclusive: false,
    auto_delete: false,
    no_ack: false,
    alias: null,
    bindings: [],
    no_declare: null,
    expires: null,
    message_ttl: null,
    max_length: null,
    max_length_bytes: null,
    max_priority: null,
  };
}
