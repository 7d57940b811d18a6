import { hostname } from 'node:os';
import type { Broker, Consumer, Delivery, Envelope, Settlement } from '@lovage/contracts';
import { QUARANTINE } from '@lovage/worker';
import { CommandError } from './exit.ts';

/** A message that no task will run, as the worker kept it. */
export interface QuarantinedMessage {
  readonly id: string;
  readonly task: string | undefined;
  /** Where it came from. */
  readonly queue: string | undefined;
  /** ISO 8601. */
  readonly since: string | undefined;
  readonly reason: string;
  /** Its own, without those that the quarantine added. */
  readonly headers: Readonly<Record<string, unknown>>;
  readonly contentType: string;
  readonly contentEncoding: string;
  /** As text where it is text, else in hexadecimal. */
  readonly body: string;
  /** '120 bytes of application/json, utf-8'. */
  readonly bodyNote: string;
}

/** Headers that the quarantine and the count of deliveries add: they do not go back with the message. */
const ADDED = new Set(['lovage_reason', 'lovage_queue', 'lovage_at', 'lovage_priority', 'lovage_deliveries']);
const LEASE_MS = 30_000;
const BATCH = 200;
/** How long to wait for messages that were counted and are no longer there: somebody else took them. */
const PATIENCE_MS = 1000;

/** The oldest `limit` messages, and how many there are. */
export async function kept(
  broker: Broker,
  limit: number,
): Promise<{ messages: readonly QuarantinedMessage[]; total: number }> {
  const total = await ready(broker);
  const envelopes = await broker.peek(QUARANTINE, limit);
  return { messages: envelopes.map(read), total };
}

/** @throws CommandError when no message, or more than one, has an id that begins with `id` */
export async function keptById(broker: Broker, id: string): Promise<QuarantinedMessage> {
  const envelopes = await broker.peek(QUARANTINE, Math.max(1, await ready(broker)));
  const found = envelopes.filter((envelope) => envelope.id.startsWith(id));
  const exact = found.find((envelope) => envelope.id === id) ?? (found.length === 1 ? found[0] : undefined);
  if (exact) return read(exact);
  throw new CommandError(
    found.length === 0
      ? `${id} is not in the quarantine.`
      : `${found.length} messages have an id that begins with ${id}.`,
  );
}

/** For programs. */
export function document(message: QuarantinedMessage): Record<string, unknown> {
  const { contentType, contentEncoding, bodyNote: _, ...rest } = message;
  return { ...rest, content_type: contentType, content_encoding: contentEncoding };
}

/**
 * Send messages back to where they came from, or erase them. Each is claimed first, so that two people who do this
 * at once do not send it twice; what was claimed and not asked for goes back.
 */
export async function takeOut(
  broker: Broker,
  wanted: 'all' | readonly string[],
  what: 'requeue' | 'purge',
): Promise<{ taken: string[]; missing: string[]; stuck: string[] }> {
  const open = new Set(wanted === 'all' ? [] : wanted);
  const taken: string[] = [];
  const stuck: string[] = [];
  let left = await ready(broker);
  const consumer = await broker.consume({
    consumer: `quarantine:${hostname()}:${crypto.randomUUID()}`,
    queues: [QUARANTINE],
    prefetch: Math.max(1, left),
    leaseMs: LEASE_MS,
  });
  try {
    const untouched: Delivery[] = [];
    while (left > 0 && (wanted === 'all' || open.size > 0)) {
      const claimed = await claim(consumer, Math.min(left, BATCH));
      if (claimed.length === 0) break;
      left -= claimed.length;
      const settlements: Settlement[] = [];
      for (const delivery of claimed) {
        const { id } = delivery.envelope;
        if (wanted !== 'all' && !open.delete(id)) untouched.push(delivery);
        else {
          const settlement = settle(delivery, what);
          if (settlement) settlements.push(settlement);
          else untouched.push(delivery);
          (settlement ? taken : stuck).push(id);
        }
      }
      await consumer.settle(settlements);
    }
    await consumer.settle(untouched.map((delivery) => ({ kind: 'release', delivery })));
  } finally {
    await consumer.close();
  }
  return { taken, missing: [...open], stuck };
}

function settle(delivery: Delivery, what: 'requeue' | 'purge'): Settlement | undefined {
  if (what === 'purge') return { kind: 'done', delivery };
  const { lovage_queue: queue, lovage_priority: priority } = delivery.envelope.headers;
  if (typeof queue !== 'string') return undefined;
  const envelope = {
    ...delivery.envelope,
    headers: ownHeaders(delivery.envelope),
    ...(typeof priority === 'number' ? { priority } : {}),
  };
  return { kind: 'done', delivery, followUps: [{ queue, envelope }] };
}

/** Up to `max`, or none when they do not come: `claim` itself would wait for ever. */
async function claim(consumer: Consumer, max: number): Promise<readonly Delivery[]> {
  return consumer.claim(max, AbortSignal.timeout(PATIENCE_MS));
}

async function ready(broker: Broker): Promise<number> {
  const [depth] = await broker.depth([QUARANTINE]);
  return depth?.ready ?? 0;
}

function read(envelope: Envelope): QuarantinedMessage {
  const { id, headers, body, contentType, contentEncoding } = envelope;
  const text = new TextDecoder().decode(body);
  return {
    id,
    task: textOf(headers['task']),
    queue: textOf(headers['lovage_queue']),
    since: textOf(headers['lovage_at']),
    reason: textOf(headers['lovage_reason']) ?? 'unknown',
    headers: ownHeaders(envelope),
    contentType,
    contentEncoding,
    body: text.includes('\uFFFD') ? Buffer.from(body).toString('hex') : text,
    bodyNote: `${body.length} bytes of ${contentType || 'no content type'}, ${contentEncoding || 'no encoding'}`,
  };
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

function ownHeaders(envelope: Envelope): Record<string, unknown> {
  return Object.fromEntries(Object.entries(envelope.headers).filter(([name]) => !ADDED.has(name)));
}
