import { setTimeout as sleep } from 'node:timers/promises';
import { DriverError, type OutgoingMessage } from '@lovage/contracts';
import type { ConfirmChannel, Message } from 'amqplib';
import { toDriverError } from '../connection/failure.ts';
import type { Link } from '../connection/link.ts';
import { bodyOf, type Marks, propertiesOf } from '../wire/message.ts';
import type { Delays, Parking } from './delays.ts';
import type { Topology } from './topology.ts';

/** How often a message may come back for want of its queue. */
const ATTEMPTS = 5;
const AGAIN_AFTER_MS = 50;

/** A message that may carry marks of its way: one that goes back to its queue. */
export type Departing = OutgoingMessage & { readonly marks?: Marks };

interface Sent {
  readonly message: Departing;
  returned: boolean;
}

/** A channel, and what is on its way through it, by where it goes and its id. */
interface Way {
  readonly channel: ConfirmChannel;
  readonly underway: Map<string, Sent[]>;
}

/** Publishes with confirms, as many at once as come. */
export class Publisher {
  readonly #link: Link;
  readonly #topology: Topology;
  readonly #delays: Delays;
  #way: Promise<Way> | undefined;

  constructor(link: Link, topology: Topology, delays: Delays) {
    this.#link = link;
    this.#topology = topology;
    this.#delays = delays;
  }

  /**
   * Resolves once RabbitMQ has taken every message into its queue. A queue that is gone is made again, as a client of
   * Celery's would when it publishes; if a message comes back each time, DriverError 'refused' says so.
   */
  async publish(messages: readonly Departing[]): Promise<void> {
    let left = messages;
    for (let attempt = 1; left.length > 0; attempt += 1) {
      left = await this.#send(left);
      const [returned] = left;
      if (returned === undefined) return;
      if (attempt === ATTEMPTS) throw this.#homeless(returned.queue);
      // Somebody may be deleting it at this moment, while another of us has just made it.
      if (attempt > 1) await sleep(AGAIN_AFTER_MS);
      for (const { queue } of left) this.#topology.forget(queue);
      this.#delays.forget();
    }
  }

  #homeless(queue: string): DriverError {
    return new DriverError('refused', `RabbitMQ at ${this.#link.label} has no queue ${queue} to put into`);
  }

  /** Answers those that no queue took. */
  async #send(messages: readonly Departing[]): Promise<Departing[]> {
    const departures = messages.map((message) => ({ message, parking: this.#parking(message) }));
    await this.#topology.ensure(messages.map(({ queue }) => queue));
    for (const { message, parking } of departures)
      if (parking) await this.#delays.ensure(message.queue, parking.level);
    const way = await this.#current();
    const batch = new Batch(way, this.#link, messages.length);
    for (const { message, parking } of departures) {
      // What has waited for its queues to be made, or for room, waits the less.
      if (!batch.send(message, parking && this.#parking(message, parking))) await batch.drained();
    }
    return batch.confirmed();
  }

  #parking({ queue, notBefore }: OutgoingMessage, earlier?: Parking): Parking | undefined {
    if (notBefore === undefined) return undefined;
    const parking = this.#delays.park(queue, notBefore);
    // Made for a longer delay, the levels hold a shorter one too.
    return parking && earlier && parking.level > earlier.level ? earlier : parking;
  }

  #current(): Promise<Way> {
    this.#way ??= this.#open().catch((error) => {
      this.#way = undefined;
      throw error;
    });
    return this.#way;
  }

  async #open(): Promise<Way> {
    const channel = await this.#link.confirmChannel();
    const underway = new Map<string, Sent[]>();
    channel.on('return', (message) => markReturned(underway, message));
    channel.on('close', () => {
      this.#way = undefined;
    });
    return { channel, underway };
  }
}

/** RabbitMQ returns a message before it confirms it; those with one id and one way are as good as each other. */
function markReturned(underway: Way['underway'], message: Message): void {
  const { routingKey } = message.fields as { routingKey: string };
  const { messageId, headers } = message.properties;
  const id = messageId ?? (headers?.['id'] as unknown);
  const sent = underway.get(keyOf(routingKey, String(id)))?.find(({ returned }) => !returned);
  if (sent) sent.returned = true;
}

const keyOf = (routingKey: string, id: string): string => `${routingKey}\0${id}`;

/** The messages of one call on their way. */
class Batch {
  readonly #way: Way;
  readonly #link: Link;
  readonly #returned: Departing[] = [];
  readonly #done = Promise.withResolvers<Departing[]>();
  #open: number;
  #progressMs = performance.now();
  readonly #patience: NodeJS.Timeout;

  constructor(way: Way, link: Link, size: number) {
    this.#way = way;
    this.#link = link;
    this.#open = size;
    // Many may take longer than one; that nothing is confirmed for so long is what ends it.
    this.#patience = setInterval(() => {
      if (performance.now() - this.#progressMs < link.timeoutMs) return;
      this.#fail(
        new DriverError(
          'unavailable',
          `RabbitMQ at ${link.label} confirmed nothing within ${link.timeoutMs / 1000} s`,
        ),
      );
    }, link.timeoutMs / 8);
    // Its caller may still be sending when it fails.
    this.#done.promise.catch(() => undefined);
  }

  /** Answers whether there is room for more. */
  send(message: Departing, parking: Parking | undefined): boolean {
    const { queue, envelope, marks } = message;
    const { exchange, routingKey } = parking ?? { exchange: '', routingKey: queue };
    const sent: Sent = { message, returned: false };
    const key = keyOf(routingKey, envelope.id);
    const { channel, underway } = this.#way;
    try {
      const properties = { ...propertiesOf(envelope, marks), mandatory: true };
      const room = channel.publish(exchange, routingKey, bodyOf(envelope), properties, (error) =>
        this.#confirm(key, sent, error),
      );
      const others = underway.get(key);
      if (others) others.push(sent);
      else underway.set(key, [sent]);
      return room;
    } catch (error) {
      const failure = toDriverError(error, this.#link.label);
      this.#fail(failure);
      throw failure;
    }
  }

  /** Resolves once there is room for more; rejects when there will be none. */
  async drained(): Promise<void> {
    const { channel } = this.#way;
    const drain = Promise.withResolvers<void>();
    const heard = () => drain.resolve();
    channel.once('drain', heard);
    try {
      await Promise.race([drain.promise, this.#done.promise]);
    } finally {
      channel.off('drain', heard);
    }
  }

  /** Resolves once all are confirmed, with those that no queue took. */
  confirmed(): Promise<Departing[]> {
    return this.#done.promise;
  }

  #confirm(key: string, sent: Sent, error: unknown): void {
    const { underway } = this.#way;
    const others = underway.get(key);
    if (others?.length === 1) underway.delete(key);
    else others?.splice(others.indexOf(sent), 1);
    this.#progressMs = performance.now();
    if (error) {
      this.#fail(toDriverError(error, this.#link.label));
      return;
    }
    if (sent.returned) this.#returned.push(sent.message);
    this.#open -= 1;
    if (this.#open > 0) return;
    clearInterval(this.#patience);
    this.#done.resolve(this.#returned);
  }

  #fail(error: DriverError): void {
    clearInterval(this.#patience);
    this.#done.reject(error);
  }
}
