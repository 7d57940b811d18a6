import { randomUUID } from 'node:crypto';
import type { EventBus } from '@lovage/contracts';
import { DriverError } from '@lovage/contracts';
import { withTimeout } from '@lovage/contracts/kit';
import type { ControlRequest } from '@lovage/protocol';
import { writeControlRequest } from '@lovage/protocol';
import type { App } from '../app.ts';
import { ImproperlyConfigured, OperationalError } from '../errors.ts';
import { Gathering } from './gathering.ts';
import type { Answers, BroadcastOptions } from './options.ts';
import { checkBroadcast } from './options.ts';
import { ReplyListener } from './reply-listener.ts';

/** Celery's default, in seconds. Requests that want no answer carry it too, as the time when they are stale. */
const DEFAULT_TIMEOUT_S = 1;

interface Service {
  readonly bus: EventBus;
  readonly replies: ReplyListener;
}

/** Sends control requests of one app and gathers what is answered. */
export class Asking {
  readonly #app: App;
  readonly #gathering = new Set<Gathering>();
  #service: Promise<Service> | undefined;

  constructor(app: App) {
    this.#app = app;
  }

  /** See Control.broadcast. */
  async ask(method: string, options: BroadcastOptions): Promise<readonly Answers[]> {
    checkBroadcast(method, options);
    if (!options.reply) {
      const { bus } = await this.#open(method);
      await this.#reach(method, this.#send(bus, requestOf(method, options), options));
      return [];
    }
    return this.#gather(method, options);
  }

  /** Those who wait are told, and the queue of answers is removed. */
  async close(): Promise<void> {
    const closed = new OperationalError('the app was closed while waiting for answers of workers');
    for (const gathering of this.#gathering) gathering.fail(closed);
    await (await this.#service?.catch(() => undefined))?.replies.close();
  }

  async #gather(method: string, options: BroadcastOptions): Promise<readonly Answers[]> {
    const { bus, replies } = await this.#open(method);
    const { timeout = DEFAULT_TIMEOUT_S } = options;
    const ticket = randomUUID();
    const gathering = new Gathering(options);
    this.#gathering.add(gathering);
    const request = { ...requestOf(method, options), reply: replies.address(ticket) };
    const send = async () => {
      const forget = await replies.expect(ticket, gathering.take);
      await this.#send(bus, request, options).catch((error: unknown) => {
        forget();
        throw error;
      });
      return forget;
    };
    try {
      const forget = await this.#reach(method, send());
      await gathering.until(timeout * 1000).finally(forget);
      return gathering.answers;
    } finally {
      this.#gathering.delete(gathering);
    }
  }

  async #send(bus: EventBus, request: ControlRequest, { timeout = DEFAULT_TIMEOUT_S }: BroadcastOptions) {
    const expires = Date.now() + timeout * 1000;
    await bus.send('control', writeControlRequest(request, { clock: this.#app.clock.forward(), expires }));
  }

  /** @throws OperationalError when the broker does not take it in time */
  async #reach<T>(method: string, work: Promise<T>): Promise<T> {
    const { conf } = this.#app;
    const { brokerLabel } = await this.#app.drivers();
    try {
      return await withTimeout(work, conf.lovagePublishTimeout * 1000, brokerLabel);
    } catch (error) {
      if (!(error instanceof DriverError)) throw error;
      throw new OperationalError(`cannot ask workers for ${method}: ${error.message}`, { cause: error });
    }
  }

  #open(method: string): Promise<Service> {
    this.#service ??= this.#connect(method).catch((error: unknown) => {
      this.#service = undefined;
      throw error;
    });
    return this.#service;
  }

  async #connect(method: string): Promise<Service> {
    const { bus, brokerLabel } = await this.#app.drivers();
    if (!bus) {
      throw new ImproperlyConfigured(
        `cannot ask workers for ${method}: the broker ${brokerLabel} has no way to reach them all; redis, sqlite and memory have`,
      );
    }
    const { clock, logger } = this.#app;
    // Two apps of a process at one address would take each other's answers.
    const replies = new ReplyListener({ bus, oid: randomUUID(), clock, log: logger });
    return { bus, replies };
  }
}

function requestOf(method: string, options: BroadcastOptions): ControlRequest {
  const { arguments: args = {}, destination, pattern, matcher = 'glob' } = options;
  return {
    method,
    arguments: args,
    destination: typeof destination === 'string' ? [destination] : (destination ?? null),
    pattern: pattern ?? null,
    matcher: pattern === undefined ? null : matcher,
  };
}
