import type { OutgoingMessage } from '@lovage/contracts';
import type { App } from '../app.ts';
import type { Call } from './build-message.ts';

/** Lets receivers change headers and properties of a message that is about to leave. */
export async function signalPublishing(
  app: App,
  call: Call,
  message: OutgoingMessage,
): Promise<OutgoingMessage> {
  const { envelope, queue } = message;
  const { priority, correlationId, replyTo, ...rest } = envelope;
  const headers = { ...envelope.headers };
  const properties = {
    ...(priority === undefined ? {} : { priority }),
    ...(correlationId === undefined ? {} : { correlationId }),
    ...(replyTo === undefined ? {} : { replyTo }),
  };
  const { args, kwargs } = call;
  await app.signals.beforeTaskPublish.send(call.task, {
    body: { args, kwargs },
    exchange: '',
    routingKey: queue,
    headers,
    properties,
  });
  return { ...message, envelope: { ...rest, ...properties, headers } };
}

export async function signalPublished(
  app: App,
  calls: readonly Call[],
  messages: readonly OutgoingMessage[],
): Promise<void> {
  for (const [index, { task, args, kwargs }] of calls.entries()) {
    const { envelope, queue } = messages[index]!;
    await app.signals.afterTaskPublish.send(task, {
      body: { args, kwargs },
      headers: envelope.headers,
      exchange: '',
      routingKey: queue,
    });
  }
}
