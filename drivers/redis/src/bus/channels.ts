import type { BusChannel } from '@lovage/contracts';
import { EVENT_EXCHANGE, eventRoutingKey } from '@lovage/protocol';
import type { Transport } from '../options/transport.ts';

const CONTROL_EXCHANGE = 'celery.pidbox';
const REPLY_EXCHANGE = 'reply.celery.pidbox';

/** Where a message of a bus channel goes, in kombu's terms. */
export interface Route {
  readonly exchange: string;
  readonly routingKey: string;
  /** Requests are persistent in Celery; replies and events are not. */
  readonly deliveryMode: 1 | 2;
}

export function routeOf(channel: BusChannel, topic: string): Route {
  const oid = replyAddress(channel);
  if (oid !== undefined) return { exchange: REPLY_EXCHANGE, routingKey: oid, deliveryMode: 1 };
  if (channel === 'control') return { exchange: CONTROL_EXCHANGE, routingKey: '', deliveryMode: 2 };
  return { exchange: EVENT_EXCHANGE, routingKey: eventRoutingKey(topic), deliveryMode: 1 };
}

/** Whom a reply channel belongs to; undefined for the others. */
export function replyAddress(channel: BusChannel): string | undefined {
  return channel.startsWith('reply:') ? channel.slice('reply:'.length) : undefined;
}

/** The queue that replies to this address wait in. */
export function replyQueue(oid: string): string {
  return `${oid}.${REPLY_EXCHANGE}`;
}

/** The pub/sub channels of kombu's fanout exchanges. They are not divided by database, so its number is in their name. */
export class Channels {
  readonly #prefix: string;
  readonly #patterns: boolean;

  constructor({ keyPrefix, fanoutPrefix, fanoutPatterns }: Transport, database: number) {
    this.#prefix = keyPrefix + fanoutPrefix.replaceAll('{db}', String(database));
    this.#patterns = fanoutPatterns;
  }

  /** Where a message is published. */
  of({ exchange, routingKey }: Route): string {
    const suffix = this.#patterns && routingKey !== '' ? `/${routingKey}` : '';
    return `${this.#prefix}${exchange}${suffix}`;
  }

  /** What to subscribe to, to hear what a channel carries under topics that begin so. */
  heard(channel: 'control' | 'events', topic: string): readonly Heard[] {
    if (channel === 'control') return [{ kind: 'channel', name: `${this.#prefix}${CONTROL_EXCHANGE}` }];
    // An event without a type has no routing key.
    const plain = { kind: 'channel', name: `${this.#prefix}${EVENT_EXCHANGE}` } as const;
    if (!this.#patterns) return [plain];
    const key = literal(eventRoutingKey(topic));
    const typed = { kind: 'pattern', name: `${literal(this.#prefix)}${EVENT_EXCHANGE}/${key}*` } as const;
    return topic === '' ? [plain, typed] : [typed];
  }
}

/** One subscription. */
export interface Heard {
  readonly kind: 'channel' | 'pattern';
  readonly name: string;
}

/** A text that stands for itself in a pattern of PSUBSCRIBE. */
function literal(text: string): string {
  return text.replace(/[*?[\]\\]/g, '\\$&');
}
