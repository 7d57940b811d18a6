import { randomUUID } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import type { AppOptions, ReceivedEvent, ReceiverOptions } from '@lovage/app';
import { App } from '@lovage/app';

/** An app with a bus of its own in memory. */
export const make = (options: AppOptions = {}) =>
  new App('events', { environment: {}, brokerUrl: `memory://${randomUUID()}`, ...options });

/** A receiver that keeps what it hears; `heard(n)` resolves when that are so many. */
export async function listen(app: App, options: Partial<ReceiverOptions> = {}) {
  const events: ReceivedEvent[] = [];
  const receiver = await app.events.receiver({ onEvent: (event) => events.push(event), ...options });
  const heard = async (count: number) => {
    while (events.length < count) await turn();
    return events;
  };
  return { receiver, events, heard };
}
