import type { BusMessage } from '@lovage/contracts';
import { type KombuDelivery, readKombu, writeKombuText } from './kombu.ts';

export interface KombuBusDelivery extends KombuDelivery {
  /** 1 for events and replies, which may be lost; 2 for control requests. */
  readonly deliveryMode: 1 | 2;
}

/** The text of a control request, a reply or an event as kombu's virtual transports carry it. */
export function writeKombuBus(message: BusMessage, delivery: KombuBusDelivery): string {
  const { headers, body } = message;
  const parts = { headers, body, contentType: 'application/json', contentEncoding: 'utf-8' };
  return writeKombuText(parts, { delivery_mode: delivery.deliveryMode }, 0, delivery);
}

/**
 * A control request, a reply or an event from such a text; its topic is the routing key with dashes: 'task-succeeded'.
 * @throws DecodeError when it is no kombu message
 */
export function readKombuBus(text: string): BusMessage {
  const { envelope, exchange, routingKey } = readKombu(text);
  const topic = exchange === EVENT_EXCHANGE ? routingKey.replaceAll('.', '-') : '';
  return { topic, headers: envelope.headers, body: envelope.body };
}

/** The exchange that carries events. */
export const EVENT_EXCHANGE = 'celeryev';

/** The routing key of an event's type: `task.succeeded` for 'task-succeeded'. */
export function eventRoutingKey(type: string): string {
  return type.replaceAll('-', '.');
}
