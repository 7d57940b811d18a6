import type { EventBus, OutgoingMessage } from '@lovage/contracts';
import { DriverError } from '@lovage/contracts';
import { withTimeout } from '@lovage/contracts/kit';
import type { EventOrigin } from '@lovage/protocol';
import { eventDocument, writeEvent } from '@lovage/protocol';
import type { App } from '../app.ts';
import { ImproperlyConfigured, InvalidCall, OperationalError } from '../errors.ts';
import { clientOrigin, eventOrigin } from './origin.ts';
import type { ReceiverOptions } from './receiver.ts';
import { EventReceiver } from './receiver.ts';
import { sentFields } from './sent-event.ts';

/** The fields of an event of a program's own. */
export type EventFields = Readonly<Record<string, unknown>>;

/** Set for every event, so that receivers can trust them. */
const RESERVED = ['hostname', 'utcoffset', 'pid', 'clock', 'timestamp', 'type', 'local_received'] as const;

const EVENT_TYPE = /^[\w.]+(-[\w.]+)*$/;

/** Events of calls that may be on their way at once; more are dropped. */
const MAX_LEAVING = 10_000;

/**
 * What happens on an app's bus, to hear and to tell: Celery's events, the same in both languages.
 *
 * @example
 * await using receiver = await app.events.receiver({ types: ['task-failed'], onEvent: (event) => page(event) });
 */
export class Events {
  readonly #app: App;
  readonly #receivers = new Set<EventReceiver>();
  /** Events of calls that nobody waits for. */
  readonly #leaving = new Set<Promise<void>>();
  #lost = false;

  constructor(app: App) {
    this.#app = app;
  }

  /**
   * Hear what happens from now on. Resolves when it listens.
   * @throws InvalidCall for options that are wrong
   * @throws OperationalError while the broker is away
   * @throws ImproperlyConfigured where the broker carries no events
   */
  async receiver(options: ReceiverOptions): Promise<EventReceiver> {
    const { clock, logger } = this.#app;
    const receiver: EventReceiver = new EventReceiver(options, clock, logger, () =>
      this.#receivers.delete(receiver),
    );
    const bus = await this.#bus();
    this.#receivers.add(receiver);
    const listening = bus.listen('events', receiver.hear);
    try {
      await receiver.attach(await this.#reach('cannot listen to events', listening));
    } catch (error) {
      await receiver.close();
      // Given up, but the bus may still come round.
      void listening.then((listener) => listener.close()).catch(() => {});
      throw error;
    }
    if (options.wakeup ?? true) await this.#wakeUp();
    return receiver;
  }

  /**
   * Tell whoever listens. Resolves when the broker has it; nobody need hear it.
   * @param type dashes part it: 'order-paid'; the first part is its group
   * @throws InvalidCall for a type or field that cannot be, EncodeError for what JSON cannot carry
   * @throws OperationalError while the broker is away
   *
   * @example
   * await app.events.send('order-paid', { order: 42 });
   */
  async send(type: string, fields: EventFields = {}): Promise<void> {
    checkEvent(type, fields);
    const bus = await this.#bus();
    await this.#reach(`cannot send the event ${type}`, this.#sendTo(bus, eventOrigin(), type, fields));
  }

  /**
   * `task-sent` for messages that were published, where `taskSendSentEvent` asks for it. Nobody waits for it and it
   * never fails. For Lovage's own packages.
   */
  sent(messages: readonly OutgoingMessage[], bus: EventBus | undefined): void {
    if (!bus) return;
    const origin = clientOrigin();
    for (const message of messages) {
      if (this.#leaving.size >= MAX_LEAVING) {
        this.#lose('they come faster than they can be sent');
        return;
      }
      const leaving: Promise<void> = this.#sendTo(bus, origin, 'task-sent', sentFields(message))
        .catch((error: Error) => this.#lose(error.message))
        .finally(() => this.#leaving.delete(leaving));
      this.#leaving.add(leaving);
    }
  }

  /** Ends all receivers, when what is on its way has left. For App.close. */
  async close(): Promise<void> {
    await Promise.all([...this.#leaving]);
    await Promise.allSettled([...this.#receivers].map((receiver) => receiver.close()));
  }

  async #sendTo(bus: EventBus, origin: EventOrigin, type: string, fields: EventFields): Promise<void> {
    const clock = this.#app.clock.forward();
    await bus.send('events', writeEvent(eventDocument(origin, type, fields, { clock, timeMs: Date.now() })));
  }

  /** A receiver without it hears of each worker at its next heartbeat. */
  async #wakeUp(): Promise<void> {
    await this.#app.control.heartbeat().catch((error: Error) => {
      this.#app.logger.warn(`workers are not asked for a heartbeat: ${error.message}`);
    });
  }

  async #bus(): Promise<EventBus> {
    const { bus, brokerLabel } = await this.#app.drivers();
    if (bus) return bus;
    throw new ImproperlyConfigured(
      `the broker ${brokerLabel} carries no events; redis, sqlite and memory do`,
    );
  }

  async #reach<T>(failing: string, work: Promise<T>): Promise<T> {
    const { brokerLabel } = await this.#app.drivers();
    try {
      return await withTimeout(work, this.#app.conf.lovagePublishTimeout * 1000, brokerLabel);
    } catch (error) {
      if (!(error instanceof DriverError)) throw error;
      throw new OperationalError(`${failing}: ${error.message}`, { cause: error });
    }
  }

  #lose(reason: string): void {
    if (!this.#lost) this.#app.logger.warn(`events task-sent are lost: ${reason}`);
    this.#lost = true;
  }
}

function checkEvent(type: string, fields: EventFields): void {
  if (typeof type !== 'string' || type.length > 200 || !EVENT_TYPE.test(type)) {
    throw new InvalidCall(
      `an event needs a type of letters, digits and dashes, as in 'order-paid', not ${JSON.stringify(type)}`,
    );
  }
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
    throw new InvalidCall(`the event ${type} needs an object of fields`);
  }
  const taken = RESERVED.filter((name) => Object.hasOwn(fields, name));
  if (taken.length > 0) {
    throw new InvalidCall(
      `the event ${type} cannot have a field ${taken.join(' or ')}: every event has its own`,
    );
  }
}
