import type { Delivery, Envelope } from '@lovage/contracts';
import type { Message, Options } from 'amqplib';
import { fromTable, toTable } from './table.ts';

/** What a message carries besides its envelope when it goes back to its queue. */
export interface Marks {
  /** What `Delivery.deliveries` shall be when it is claimed next. */
  readonly deliveries: number;
  readonly redelivered: boolean;
  /** By which a consumer knows again what it moved into a queue of its own. */
  readonly held?: string;
}

/** What the queues begin with in which consumers hold what takes long. */
export const HELD_PREFIX = 'lovage.held.';

/** Headers that tell of a message's way. They are RabbitMQ's, or ours, and no part of the envelope. */
const REDELIVERED = 'redelivered';
const DELIVERIES = 'lovage_deliveries';
const HELD = 'lovage_held';
const COUNT = 'x-delivery-count';
const DEATHS = 'x-death';
const OF_THE_WAY =
  /^(x-death|x-(first|last)-death-.*|x-delivery-count|x-acquired-count|redelivered|lovage_(deliveries|held))$/;

/** The properties that an envelope is published with, persistent, as kombu does. */
export function propertiesOf(
  { id, headers, contentType, contentEncoding, priority, correlationId, replyTo }: Envelope,
  marks?: Marks,
): Options.Publish {
  const marked = marks && {
    ...(marks.redelivered ? { [REDELIVERED]: true } : {}),
    ...(marks.deliveries > 1 ? { [DELIVERIES]: marks.deliveries } : {}),
    ...(marks.held === undefined ? {} : { [HELD]: marks.held }),
  };
  return {
    // A task carries its id among its headers; what else is sent has AMQP's property for it.
    ...(headers['id'] === id ? {} : { messageId: id }),
    headers: toTable({ ...headers, ...marked }),
    contentType,
    contentEncoding,
    deliveryMode: 2,
    ...(priority === undefined ? {} : { priority }),
    ...(correlationId === undefined ? {} : { correlationId }),
    ...(replyTo === undefined ? {} : { replyTo }),
  };
}

/** The body as the client takes it, without a copy. */
export function bodyOf({ body }: Pick<Envelope, 'body'>): Buffer {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
}

/** The envelope of a message of anybody's. */
export function envelopeOf(message: Message): Envelope {
  const { properties, content } = message;
  const all = fromTable(headersOf(message));
  const headers = Object.fromEntries(Object.entries(all).filter(([name]) => !OF_THE_WAY.test(name)));
  const { priority } = properties as { priority?: unknown };
  const correlationId = text(properties.correlationId);
  const replyTo = text(properties.replyTo);
  return {
    id: text(properties.messageId) ?? text(headers['id']) ?? correlationId ?? '',
    headers,
    body: content,
    contentType: text(properties.contentType) ?? 'application/data',
    contentEncoding: text(properties.contentEncoding) ?? 'utf-8',
    ...(typeof priority === 'number' ? { priority: Math.min(9, priority) } : {}),
    ...(correlationId === undefined ? {} : { correlationId }),
    ...(replyTo === undefined ? {} : { replyTo }),
  };
}

/** From so many returns on a message is published anew instead of returned, and returns count as losses. */
const MANY_RETURNS = 10;

/**
 * A quorum queue has seen it come back so often that it is better published anew, where it begins again: from 4.0 on
 * RabbitMQ drops a message at its 20th return, for whatever reasons it came back.
 */
export function isWorn(message: Message): boolean {
  return returnsOf(message) >= MANY_RETURNS;
}

/** What is known of a message's way. `redelivered` is RabbitMQ's word for it. */
export function wayOf(message: Message, redelivered: boolean): Pick<Delivery, 'deliveries' | 'redelivered'> {
  const headers = headersOf(message);
  const told = headers[DELIVERIES];
  const counted = typeof told === 'number' && Number.isSafeInteger(told) && told > 1 ? told : 1;
  const orphaned = timesOrphaned(headers[DEATHS]);
  return {
    deliveries: counted + orphaned + Math.max(0, returnsOf(message) - MANY_RETURNS),
    redelivered: redelivered || orphaned > 0 || headers[REDELIVERED] === true,
  };
}

/** The mark of what its consumer has moved into a queue of its own. */
export function heldMark(message: Message): string | undefined {
  return text(headersOf(message)[HELD]);
}

/** How often a quorum queue has seen it come back; 0 on other queues. */
function returnsOf(message: Message): number {
  const count = headersOf(message)[COUNT];
  return typeof count === 'number' ? count : 0;
}

/** How often it came back from a queue in which a consumer held it that is gone. */
function timesOrphaned(deaths: unknown): number {
  if (!Array.isArray(deaths)) return 0;
  const ours = (deaths as readonly Record<string, unknown>[]).filter(
    ({ queue, reason }) => reason === 'expired' && String(queue).startsWith(HELD_PREFIX),
  );
  return ours.reduce((sum, { count }) => sum + Number(count ?? 1), 0);
}

function headersOf({ properties }: Message): Readonly<Record<string, unknown>> {
  return (properties.headers ?? {}) as Record<string, unknown>;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
