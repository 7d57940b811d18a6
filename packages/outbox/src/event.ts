import { createHash, randomUUID } from 'node:crypto';
import { checkEventType } from './event-types.ts';

const MAX_KEY_LENGTH = 255;

/** An event as it is written. */
export interface NewEvent {
  readonly id: string;
  readonly type: string;
  readonly payload: string;
  readonly idempotencyKey: string | null;
}

/** @throws TypeError or RangeError for a type, a key or data that cannot be sent */
export function newEvent(
  type: string,
  data: unknown,
  key: string | undefined,
  maxPayloadBytes: number,
): NewEvent {
  checkEventType(type);
  if (key !== undefined && (typeof key !== 'string' || key.length === 0 || key.length > MAX_KEY_LENGTH))
    throw new TypeError(`idempotencyKey must be a text of 1 to ${MAX_KEY_LENGTH} characters`);
  const payload = JSON.stringify(data);
  if (payload === undefined)
    throw new TypeError(`the data of ${type} is ${typeof data}, which JSON cannot hold`);
  const size = Buffer.byteLength(payload);
  if (size > maxPayloadBytes)
    throw new RangeError(
      `the data of ${type} has ${size} bytes, ${maxPayloadBytes} at most: send an address where the rest is`,
    );
  return {
    id: key === undefined ? `evt_${randomUUID()}` : idOfKey(type, key),
    type,
    payload,
    idempotencyKey: key ?? null,
  };
}

/**
 * The same for the same key of a type: that an event is not written twice is then the primary key's promise, in whichever
 * transaction, and nobody has to read what is there.
 */
function idOfKey(type: string, key: string): string {
  const hash = createHash('sha256').update(`${type}\n${key}`).digest('base64url');
  return `evt_${hash.slice(0, 32)}`;
}

/** What receivers are sent, in the form of Standard Webhooks: the same bytes at every try. */
export function bodyOf(event: {
  readonly type: string;
  readonly payload: string;
  readonly created_at: number;
}): string {
  const head = { type: event.type, timestamp: new Date(Number(event.created_at)).toISOString() };
  return `${JSON.stringify(head).slice(0, -1)},"data":${event.payload}}`;
}
