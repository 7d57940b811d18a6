import type { App } from '@lovage/app';
import type { Binding } from '@lovage/contracts';
import { knownQueues } from './known-queues.ts';

/**
 * What the broker says of its exchanges, and the queues of the app that it does not know yet. On Redis these will be bound
 * to an exchange of their own name, as Celery does it; elsewhere each queue is reached by its name, through the default
 * exchange, which is called ''.
 */
export async function bindingsOf(app: App): Promise<readonly Binding[]> {
  const { broker } = await app.drivers();
  const found = (await broker.bindings?.()) ?? [];
  const bound = new Set(found.map(({ queue }) => queue));
  const own = knownQueues(app).filter((queue) => !bound.has(queue));
  return [
    ...found,
    ...own.map((queue) => ({ queue, exchange: broker.bindings ? queue : '', routingKey: queue })),
  ];
}
