import {
  type BusChannel,
  type BusListener,
  type BusMessage,
  DriverError,
  type EventBus,
  type ListenOptions,
} from '@lovage/contracts';
import { Backoff } from '@lovage/contracts/kit';
import type { Channel, ConfirmChannel, ConsumeMessage } from 'amqplib';
import type { Link } from '../connection/link.ts';
import { bodyOf } from '../wire/message.ts';
import { fromTable, toTable } from '../wire/table.ts';
import { type Ear, type Exchange, earOf, routeOf } from './exchanges.ts';

export interface BusParts {
  readonly publishing: Link;
  readonly listening: Link;
  readonly log: (level: 'warn', message: string) => void;
  readonly onClose: () => void;
}

/** Celery's control requests, their replies and its events. */
export class AmqpBus implements EventBus {
  readonly #parts: BusParts;
  readonly #listeners = new Set<BusListener>();
  #sending: Promise<ConfirmChannel> | undefined;
  /** Exchanges that exist, as far as the channel for sending knows. */
  #declared = new Set<string>();
  #closed = false;

  constructor(parts: BusParts) {
    this.#parts = parts;
  }

  async send(channel: BusChannel, message: BusMessage): Promise<void> {
    this.#refuseAfterClose();
    const { publishing } = this.#parts;
    const { exchange, routingKey, deliveryMode } = routeOf(channel, message.topic);
    const sending = await this.#channelTo(exchange);
    const properties = {
      headers: toTable(message.headers),
      contentType: 'application/json',
      contentEncoding: 'utf-8',
      deliveryMode,
      priority: 0,
    };
    const sent = new Promise<void>((resolve, reject) => {
      sending.publish(exchange.name, routingKey, bodyOf(message), properties, (error) =>
        error ? reject(error) : resolve(),
      );
    });
    await publishing.answered(sent);
  }

  async listen(
    channel: BusChannel,
    onMessage: (message: BusMessage) => void,
    { topic = '' }: ListenOptions = {},
  ): Promise<BusListener> {
    this.#refuseAfterClose();
    const { listening, log } = this.#parts;
    const hear = (message: BusMessage): void => {
      if (message.topic.startsWith(topic)) onMessage(message);
    };
    const inner = new Listener(listening, () => earOf(channel, topic), hear, log);
    await inner.open();
    const listener: BusListener = {
      close: async () => {
        if (this.#listeners.delete(listener)) await inner.close();
      },
    };
    this.#listeners.add(listener);
    return listener;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const closing = await Promise.allSettled([...this.#listeners].map((listener) => listener.close()));
    for (const each of closing) if (each.status === 'rejected') this.#parts.log('warn', String(each.reason));
    this.#parts.onClose();
  }

  /** The channel for sending, on which the exchange has been declared. */
  async #channelTo(exchange: Exchange): Promise<ConfirmChannel> {
    const { publishing } = this.#parts;
    this.#sending ??= this.#openSending().catch((error) => {
      this.#sending = undefined;
      throw error;
    });
    const sending = await this.#sending;
    if (!this.#declared.has(exchange.name)) {
      await publishing.briefly((channel) => assertExchange(channel, exchange));
      this.#declared.add(exchange.name);
    }
    return sending;
  }

  async #openSending(): Promise<ConfirmChannel> {
    const channel = await this.#parts.publishing.confirmChannel();
    channel.on('close', () => {
      this.#sending = undefined;
      this.#declared = new Set();
    });
    return channel;
  }

  #refuseAfterClose(): void {
    if (this.#closed) throw new DriverError('closed', 'this bus has been closed');
  }
}

/** A queue of its own, bound again after each break. What was sent during one is not heard. */
class Listener {
  readonly #link: Link;
  readonly #ear: () => Ear;
  readonly #hear: (message: BusMessage) => void;
  readonly #log: BusParts['log'];
  readonly #closing = new AbortController();
  #channel: Channel | undefined;
  #queue = '';

  constructor(link: Link, ear: () => Ear, hear: (message: BusMessage) => void, log: BusParts['log']) {
    this.#link = link;
    this.#ear = ear;
    this.#hear = hear;
    this.#log = log;
  }

  /** Resolves once what is sent from now on is heard. */
  async open(): Promise<void> {
    const { exchange, queue, binding, options } = this.#ear();
    const channel = await this.#link.channel();
    try {
      await this.#link.answered(assertExchange(channel, exchange));
      await this.#link.answered(channel.assertQueue(queue, options));
      await this.#link.answered(channel.bindQueue(queue, exchange.name, binding));
      const tell = (message: ConsumeMessage | null): void => {
        if (message && !this.#closing.signal.aborted) this.#hear(read(exchange, message));
        // RabbitMQ ended it.
        if (!message) void channel.close().catch(() => undefined);
      };
      await this.#link.answered(channel.consume(queue, tell, { noAck: true, exclusive: true }));
    } catch (error) {
      void Promise.resolve(channel)
        .then((each) => each.close())
        .catch(() => undefined);
      throw error;
    }
    this.#channel = channel;
    this.#queue = queue;
    channel.on('close', () => {
      if (this.#channel !== channel) return;
      this.#channel = undefined;
      void this.#openAgain();
    });
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    const channel = this.#channel;
    this.#channel = undefined;
    if (!channel) return;
    // It would go with its consumer, but not before somebody might declare it again.
    await this.#link.answered(channel.deleteQueue(this.#queue)).catch(() => undefined);
    await this.#link.answered(channel.close()).catch(() => undefined);
  }

  async #openAgain(): Promise<void> {
    const backoff = new Backoff({ baseMs: 50, maxMs: 2_000 });
    while (!this.#closing.signal.aborted) {
      try {
        await this.open();
        return;
      } catch (error) {
        if (error instanceof DriverError && error.code === 'closed') return;
        if (backoff.attempts === 0) this.#log('warn', `the bus hears nothing for now: ${String(error)}`);
        await backoff.wait(this.#closing.signal);
      }
    }
  }
}

async function assertExchange(channel: Channel, { name, type, durable }: Exchange): Promise<void> {
  await channel.assertExchange(name, type, { durable });
}

function read(exchange: Exchange, { fields, properties, content }: ConsumeMessage): BusMessage {
  return {
    topic: exchange.type === 'topic' ? fields.routingKey.replaceAll('.', '-') : '',
    headers: fromTable((properties.headers ?? {}) as Record<string, unknown>),
    body: content,
  };
}
