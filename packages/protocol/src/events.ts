import { type BusMessage, DecodeError } from '@lovage/contracts';
import { json } from './json.ts';
import { isRecord } from './plain.ts';

/**
 * One event as it is on the wire, fields under Celery's names (`root_id`, `sw_ident`): programs in both languages
 * read them, and events of users' own have any. Wire spec 9.1 and 9.2.
 */
export interface EventDocument {
  /** 'task-succeeded', 'worker-heartbeat', or what a program calls its own. */
  readonly type: string;
  /** The node it comes from. */
  readonly hostname: string;
  /** Epoch seconds with a fraction, UTC. */
  readonly timestamp: number;
  /** Hours that the sender's local time is behind UTC: -5 for UTC+5. */
  readonly utcoffset?: number;
  readonly pid?: number;
  /** The sender's Lamport clock. */
  readonly clock?: number;
  readonly [field: string]: unknown;
}

/** The topic of a batch: several events of tasks in one message. */
export const TASK_BATCH_TOPIC = 'task-multi';

/** Who sends events. */
export interface EventOrigin {
  readonly hostname: string;
  readonly pid: number;
  readonly utcoffset: number;
}

/** An event with the fields that every event has, in Celery's order. */
export function eventDocument(
  origin: EventOrigin,
  type: string,
  fields: Readonly<Record<string, unknown>>,
  { clock, timeMs }: { readonly clock: number; readonly timeMs: number },
): EventDocument {
  const { hostname, utcoffset, pid } = origin;
  return { hostname, utcoffset, pid, clock, ...fields, timestamp: timeMs / 1000, type };
}

/** One event, under its own routing key. Throws EncodeError for fields that JSON cannot carry. */
export function writeEvent(event: EventDocument): BusMessage {
  return { topic: event.type, headers: { hostname: event.hostname }, body: json.encode(event) };
}

/** Several events of one node in one message. */
export function writeEventBatch(hostname: string, events: readonly EventDocument[]): BusMessage {
  return { topic: TASK_BATCH_TOPIC, headers: { hostname }, body: json.encode(events) };
}

/** The events of a message: one, or a batch. Throws DecodeError where it is none. */
export function readEvents(message: BusMessage): readonly EventDocument[] {
  const body = json.decode(message.body);
  const events = Array.isArray(body) ? body : [body];
  for (const event of events) {
    const fault = faultOf(event);
    if (fault) throw new DecodeError(`no event: ${fault}`);
  }
  return events as EventDocument[];
}

/** What receivers cannot do without (wire spec 9.3). */
function faultOf(event: unknown): string | undefined {
  if (!isRecord(event)) return 'it must be an object';
  if (typeof event['type'] !== 'string') return "it needs a 'type'";
  if (typeof event['hostname'] !== 'string') return "it needs the 'hostname' of its node";
  if (typeof event['timestamp'] !== 'number') return "it needs a 'timestamp' in epoch seconds";
  return undefined;
}
