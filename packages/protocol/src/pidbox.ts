import { type BusChannel, type BusMessage, DecodeError } from '@lovage/contracts';
import { json } from './json.ts';
import { isRecord } from './plain.ts';

/** The exchange that asks every node. */
export const CONTROL_EXCHANGE = 'celery.pidbox';

/** The exchange that takes the answers to whoever asked. */
export const REPLY_EXCHANGE = 'reply.celery.pidbox';

/** A remote control command: 'revoke', 'ping', 'shutdown'. */
export interface ControlRequest {
  readonly method: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  /** Names of the nodes it is for; null for all. */
  readonly destination: readonly string[] | null;
  /** With `matcher` 'glob' or 'pcre': the nodes whose names match. */
  readonly pattern: string | null;
  readonly matcher: string | null;
  /** Where answers go; undefined when none is wanted. */
  readonly reply?: ControlReplyAddress;
}

export interface ControlReplyAddress {
  /** Marks the answers to this request. */
  readonly ticket: string;
  readonly exchange: string;
  /** The oid of whoever asks. */
  readonly routingKey: string;
}

export interface SendingControl {
  /** The sender's Lamport clock. */
  readonly clock: number;
  /** Epoch ms after which nobody waits for answers any more; undefined for never. */
  readonly expires?: number;
}

/** The request as it goes over the bus. Throws EncodeError for arguments that JSON cannot carry. */
export function writeControlRequest(request: ControlRequest, { clock, expires }: SendingControl): BusMessage {
  const { method, arguments: args, destination, pattern, matcher, reply } = request;
  const body = { method, arguments: args, destination, pattern, matcher };
  const address = reply && {
    ticket: reply.ticket,
    reply_to: { exchange: reply.exchange, routing_key: reply.routingKey },
  };
  return {
    topic: '',
    headers: { clock, expires: expires === undefined ? 0 : expires / 1000 },
    body: json.encode({ ...body, ...address }),
  };
}

/** A request that came over the bus, and the sender's clock. Throws DecodeError when it is none. */
export function readControlRequest(message: BusMessage): ControlRequest & { readonly clock: number } {
  const body = json.decode(message.body);
  if (!isRecord(body) || typeof body['method'] !== 'string') {
    throw new DecodeError("no control request: it must be an object with a 'method'");
  }
  const { method, arguments: args, destination, pattern, matcher, ticket, reply_to: replyTo } = body;
  const reply = readAddress(ticket, replyTo);
  return {
    method,
    arguments: isRecord(args) ? args : {},
    destination: names(destination),
    pattern: typeof pattern === 'string' ? pattern : null,
    matcher: typeof matcher === 'string' ? matcher : null,
    clock: clockOf(message),
    ...(reply && { reply }),
  };
}

/** One node's answer: the value of its command, or `{ ok }`, or `{ error }`. Throws EncodeError. */
export function writeControlReply(
  node: string,
  answer: unknown,
  { ticket, clock }: { readonly ticket: string; readonly clock: number },
): BusMessage {
  return { topic: '', headers: { ticket, clock }, body: json.encode({ [node]: answer }) };
}

export interface ControlReply {
  readonly node: string;
  readonly answer: unknown;
  /** Undefined where the node left it out: then it counts for whoever reads it. */
  readonly ticket: string | undefined;
  readonly clock: number;
}

/** The answers in one reply, usually of one node. Throws DecodeError when it is none. */
export function readControlReply(message: BusMessage): readonly ControlReply[] {
  const body = json.decode(message.body);
  if (!isRecord(body))
    throw new DecodeError('no control reply: it must be an object with the name of a node');
  const { ticket } = message.headers;
  const clock = clockOf(message);
  return Object.entries(body).map(([node, answer]) => ({
    node,
    answer,
    ticket: typeof ticket === 'string' ? ticket : undefined,
    clock,
  }));
}

/** The channel that a reply address names. */
export function replyChannel({ routingKey }: ControlReplyAddress): BusChannel {
  return `reply:${routingKey}`;
}

function readAddress(ticket: unknown, replyTo: unknown): ControlReplyAddress | undefined {
  if (typeof ticket !== 'string' || !isRecord(replyTo)) return undefined;
  const { exchange, routing_key: routingKey } = replyTo;
  if (typeof exchange !== 'string' || typeof routingKey !== 'string') return undefined;
  return { ticket, exchange, routingKey };
}

/** An empty list is for all, as null is. */
function names(value: unknown): readonly string[] | null {
  const list = typeof value === 'string' ? [value] : value;
  if (!Array.isArray(list) || list.length === 0) return null;
  return list.filter((item) => typeof item === 'string');
}

function clockOf(message: BusMessage): number {
  const { clock } = message.headers;
  return typeof clock === 'number' && Number.isFinite(clock) ? clock : 0;
}
