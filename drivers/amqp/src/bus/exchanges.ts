import type { BusChannel } from '@lovage/contracts';
import { CONTROL_EXCHANGE, EVENT_EXCHANGE, eventRoutingKey, REPLY_EXCHANGE } from '@lovage/protocol';
import type { Options } from 'amqplib';

/** One of the three exchanges that Celery's control and events go through, as kombu declares it. */
export interface Exchange {
  readonly name: string;
  readonly type: 'fanout' | 'direct' | 'topic';
  readonly durable: boolean;
}

const CONTROL: Exchange = { name: CONTROL_EXCHANGE, type: 'fanout', durable: false };
const REPLIES: Exchange = { name: REPLY_EXCHANGE, type: 'direct', durable: false };
const EVENTS: Exchange = { name: EVENT_EXCHANGE, type: 'topic', durable: true };

/** Where a message of a bus channel goes. */
export interface Route {
  readonly exchange: Exchange;
  readonly routingKey: string;
  /** Requests are persistent in Celery; replies and events are not. */
  readonly deliveryMode: 1 | 2;
}

export function routeOf(channel: BusChannel, topic: string): Route {
  const oid = replyAddress(channel);
  if (oid !== undefined) return { exchange: REPLIES, routingKey: oid, deliveryMode: 1 };
  if (channel === 'control') return { exchange: CONTROL, routingKey: '', deliveryMode: 2 };
  return { exchange: EVENTS, routingKey: eventRoutingKey(topic), deliveryMode: 1 };
}

/** A queue of a listener, what binds it, and how long it outlives a listener that is gone. */
export interface Ear {
  readonly exchange: Exchange;
  readonly queue: string;
  readonly binding: string;
  readonly options: Options.AssertQueue;
}

/** Names, times and bindings are kombu's; that a queue is its connection's alone is what RabbitMQ 4 wants of it. */
export function earOf(channel: BusChannel, topic: string): Ear {
  const { exchange } = routeOf(channel, '');
  const oid = replyAddress(channel);
  const options = (expires: number, messageTtl: number): Options.AssertQueue => ({
    durable: false,
    autoDelete: true,
    exclusive: true,
    expires,
    messageTtl,
  });
  if (channel === 'events')
    return {
      exchange,
      queue: `${EVENT_EXCHANGE}.${crypto.randomUUID()}`,
      binding: bindingOf(topic),
      options: options(60_000, 5_000),
    };
  return {
    exchange,
    queue: `${oid ?? `lovage-${crypto.randomUUID()}`}.${exchange.name}`,
    binding: oid ?? '',
    options: options(10_000, 300_000),
  };
}

/** The whole words that a topic begins with; the rest is for the listener to compare. */
function bindingOf(topic: string): string {
  const words = eventRoutingKey(topic).split('.').slice(0, -1);
  return [...words, '#'].join('.');
}

/** Whom a reply channel belongs to; undefined for the others. */
function replyAddress(channel: BusChannel): string | undefined {
  return channel.startsWith('reply:') ? channel.slice('reply:'.length) : undefined;
}
