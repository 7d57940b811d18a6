import { DecodeError, type Envelope } from '@lovage/contracts';
import { parseJson } from './json-parse.ts';
import { isPlainJson, stringifyJson } from './json-write.ts';
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

/**
 * The text of a message as kombu's virtual transports keep it.
 * @throws EncodeError naming a header that JSON cannot carry
 */
export function writeKombu(envelope: Envelope, delivery: KombuDelivery): string {
  const { id, headers, correlationId, replyTo } = envelope;
  const properties = {
    // A task carries its id among its headers; what else is sent has AMQP's property for it.
    ...(headers['id'] !== id && { message_id: id }),
    ...(correlationId !== undefined && { correlation_id: correlationId }),
    ...(replyTo !== undefined && { reply_to: replyTo }),
    delivery_mode: 2,
  };
  return writeKombuText(envelope, properties, wirePriority(envelope.priority), delivery);
}

/**
 * Says what `writeKombu` would say of a message that cannot be written, for a tenth of the price.
 * @throws EncodeError naming a header that JSON cannot carry
 */
export function refuseUnwritable({ headers }: Pick<Envelope, 'headers'>): void {
  if (!isPlainJson(headers)) stringifyJson({ headers });
}

/** The text of any kombu message, its keys in kombu's order; `properties` are those that come first. */
export function writeKombuText(
  { body, contentType, contentEncoding, headers }: Omit<Envelope, 'id'>,
  properties: Readonly<Record<string, unknown>>,
  priority: number,
  { exchange, routingKey, deliveryTag }: KombuDelivery,
): string {
  const message = {
    body: Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('base64'),
    'content-encoding': contentEncoding,
    'content-type': contentType,
    headers,
    properties: {
      ...properties,
      delivery_info: { exchange, routing_key: routingKey },
      priority,
      body_encoding: 'base64',
      delivery_tag: deliveryTag,
    },
  };
  // All but the headers is text and small numbers.
  return isPlainJson(headers) ? JSON.stringify(message) : stringifyJson(message);
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
    id: string(properties['message_id']) ?? string(headers['id']) ?? correlationId ?? '',
    headers: withPeriodicName(headers, properties),
    body: readBodyText(message['body'], properties['body_encoding']),
    contentType: string(message['content-type']) ?? 'application/data',
    contentEncoding: string(message['content-encoding']) ?? 'utf-8',
    ...(priority !== undefined && { priority }),
    ...(correlationId !== undefined && { correlationId }),
    ...(replyTo !== undefined && { replyTo }),
  };
}

/** Of a task that beat sends, django-celery-beat before 2.5 says among the properties which entry it is; a header since. */
function withPeriodicName(
  headers: Readonly<Record<string, unknown>>,
  properties: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const name = string(properties['periodic_task_name']);
  return name === undefined ? headers : { periodic_task_name: name, ...headers };
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
