import { DecodeError, type Envelope } from '@lovage/contracts';
import { parseJson } from './json-parse.ts';
import { stringifyJson } from './json-write.ts';
import { isRecord } from './plain.ts';

/** Where a message goes and the mark it is acknowledged by, in kombu's terms. */
export interface KombuDelivery {
  /** '' is the default exchange, where the routing key is the name of the queue. */
  readonly exchange: string;
  readonly routingKey: string;
  /** Unique. */
  readonly deliveryTag: string;
}

export interface KombuMessage extends KombuDelivery {
  readonly envelope: Envelope;
  /** It has been out before, for whatever reason. */
  readonly redelivered: boolean;
  /** Which delivery this is: 1 + how often it was lost. */
  readonly deliveries: number;
}

/**
 * The number that kombu's Redis transport writes for a priority. There the lower number goes first,
 * and a message without one is written as 0, the most urgent.
 */
export function wirePriority(priority: number | undefined): number {
  return priority === undefined ? 0 : 9 - clampPriority(priority);
}

/** The priority that a number of kombu's Redis transport means; 0 is written for none as well, and read as none. */
export function priorityFromWire(wire: unknown): number | undefined {
  if (typeof wire !== 'number' || !(wire > 0)) return undefined;
  return 9 - clampPriority(wire);
}

function clampPriority(value: number): number {
  return Math.min(9, Math.max(0, Math.floor(value)));
}

/** The text of a message as kombu's virtual transports keep it. */
export function writeKombu(envelope: Envelope, delivery: KombuDelivery): string {
  const { body, contentType, contentEncoding, headers, correlationId, replyTo } = envelope;
  const properties =
    `"correlation_id": ${JSON.stringify(correlationId ?? envelope.id)}, ` +
    `"reply_to": ${JSON.stringify(replyTo ?? '')}, "delivery_mode": 2`;
  const priority = wirePriority(envelope.priority);
  return writeKombuText({ body, contentType, contentEncoding, headers, properties, priority, delivery });
}

/** What every kombu message has, whatever it carries. */
export interface KombuParts {
  readonly body: Uint8Array;
  readonly contentType: string;
  readonly contentEncoding: string;
  readonly headers: Readonly<Record<string, unknown>>;
  /** JSON members that come first among the properties. */
  readonly properties: string;
  /** As on the wire. */
  readonly priority: number;
  readonly delivery: KombuDelivery;
}

/** The text of any kombu message, its keys in kombu's order. */
export function writeKombuText(parts: KombuParts): string {
  const { body, delivery } = parts;
  const base64 = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('base64');
  return (
    `{"body": "${base64}", "content-encoding": ${JSON.stringify(parts.contentEncoding)}, ` +
    `"content-type": ${JSON.stringify(parts.contentType)}, "headers": ${stringifyJson(parts.headers)}, ` +
    `"properties": {${parts.properties}, "delivery_info": {"exchange": ${JSON.stringify(delivery.exchange)}, ` +
    `"routing_key": ${JSON.stringify(delivery.routingKey)}}, "priority": ${parts.priority}, ` +
    `"body_encoding": "base64", "delivery_tag": ${JSON.stringify(delivery.deliveryTag)}}}`
  );
}

/**
 * A message from the text that kombu's virtual transports keep.
 * Headers are wire values: typed values in them stay wrapped.
 * @throws DecodeError when it is no such text
 */
export function readKombu(text: string): KombuMessage {
  const message = parseJson(text);
  if (!isRecord(message)) throw new DecodeError('no kombu message: not a JSON object');
  const properties = message['properties'];
  if (!isRecord(properties)) throw new DecodeError('no kombu message: it has no properties');
  const headers = isRecord(message['headers']) ? message['headers'] : {};
  const info = isRecord(properties['delivery_info']) ? properties['delivery_info'] : {};
  const lost = headers['lovage_deliveries'];
  return {
    envelope: readEnvelope(message, headers, properties),
    exchange: string(info['exchange']) ?? '',
    routingKey: string(info['routing_key']) ?? '',
    deliveryTag: string(properties['delivery_tag']) ?? '',
    redelivered: headers['redelivered'] === true || info['redelivered'] === true,
    deliveries: typeof lost === 'number' && Number.isSafeInteger(lost) && lost > 1 ? lost : 1,
  };
}

function readEnvelope(
  message: Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, unknown>>,
  properties: Readonly<Record<string, unknown>>,
): Envelope {
  const correlationId = string(properties['correlation_id']);
  const replyTo = string(properties['reply_to']);
  const priority = priorityFromWire(properties['priority']);
  return {
    id: string(headers['id']) ?? correlationId ?? '',
    headers,
    body: readBodyText(message['body'], properties['body_encoding']),
    contentType: string(message['content-type']) ?? 'application/data',
    contentEncoding: string(message['content-encoding']) ?? 'utf-8',
    ...(priority !== undefined && { priority }),
    ...(correlationId !== undefined && { correlationId }),
    ...(replyTo !== undefined && { replyTo }),
  };
}

function readBodyText(body: unknown, encoding: unknown): Uint8Array {
  if (typeof body !== 'string') throw new DecodeError('no kombu message: its body is not a string');
  if (encoding === undefined || encoding === null) return Buffer.from(body, 'utf8');
  if (encoding !== 'base64')
    throw new DecodeError(`body_encoding ${JSON.stringify(encoding)}: only base64 is known`);
  return decodeBase64(body);
}

/** Line breaks are allowed; anything else that is not base64 is damage. */
function decodeBase64(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length === base64Size(text)) return bytes;
  const compact = text.replace(/\s/g, '');
  if (bytes.length !== base64Size(compact)) throw new DecodeError('the body is not base64');
  return bytes;
}

/** Bytes in a base64 text without damage. */
function base64Size(text: string): number {
  let length = text.length;
  while (length > 0 && text.charCodeAt(length - 1) === 0x3d) length--;
  return Math.floor((length * 3) / 4);
}

function string(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
