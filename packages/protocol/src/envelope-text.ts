import type { Envelope } from '@lovage/contracts';
import { fullHeaders, ownHeaders } from './usual-headers.ts';

/** What the body of most tasks is. */
const CONTENT_TYPE = 'application/json';
const CONTENT_ENCODING = 'utf-8';

/** A task's envelope without what most say alike. What is no such task is kept as it is. */
interface KeptTask {
  readonly id: string;
  readonly own: Readonly<Record<string, unknown>>;
  readonly priority?: number | undefined;
  /** Left out where it is the id; null where there is none. */
  readonly correlationId?: string | null | undefined;
  readonly replyTo?: string | undefined;
}

/** JSON of the envelope without its body, for stores that only we read. Throws what `JSON.stringify` throws. */
export function writeEnvelope(envelope: Envelope): string {
  return JSON.stringify(keptTask(envelope) ?? keptWhole(envelope));
}

function keptTask(envelope: Envelope): KeptTask | undefined {
  const { id, headers, contentType, contentEncoding, priority, correlationId = null, replyTo } = envelope;
  if (contentType !== CONTENT_TYPE || contentEncoding !== CONTENT_ENCODING) return undefined;
  const own = ownHeaders(headers, id);
  return (
    own && { id, own, priority, correlationId: correlationId === id ? undefined : correlationId, replyTo }
  );
}

const keptWhole = ({ body: _, ...kept }: Envelope): Omit<Envelope, 'body'> => kept;

export type StoredEnvelope =
  | { readonly envelope: Envelope }
  | { readonly envelope: Envelope; readonly fault: string };

/** The envelope of such a text. Never throws: what somebody else has written over becomes an envelope with a fault. */
export function readEnvelope(text: string, body: Uint8Array): StoredEnvelope {
  try {
    const envelope = envelopeOf(text, body);
    return envelope ? { envelope } : unreadable(text, 'not an envelope');
  } catch (error) {
    return unreadable(text, error instanceof Error ? error.message : String(error));
  }
}

function unreadable(text: string, why: string): StoredEnvelope {
  return {
    fault: `the envelope column cannot be read: ${why}`,
    envelope: {
      id: '',
      headers: {},
      body: new TextEncoder().encode(text),
      contentType: 'application/octet-stream',
      contentEncoding: 'binary',
    },
  };
}

function envelopeOf(text: string, body: Uint8Array): Envelope | undefined {
  const kept: unknown = JSON.parse(text);
  if (typeof kept !== 'object' || kept === null) return undefined;
  if (isKeptTask(kept)) return fullEnvelope(kept, body);
  return isKeptWhole(kept) ? Object.assign(kept, { body }) : undefined;
}

function fullEnvelope(
  { id, own, priority, correlationId = id, replyTo }: KeptTask,
  body: Uint8Array,
): Envelope {
  return {
    id,
    headers: fullHeaders(own, id),
    body,
    contentType: CONTENT_TYPE,
    contentEncoding: CONTENT_ENCODING,
    ...(priority === undefined ? {} : { priority }),
    ...(correlationId === null ? {} : { correlationId }),
    ...(replyTo === undefined ? {} : { replyTo }),
  };
}

function isKeptTask(kept: Partial<KeptTask>): kept is KeptTask {
  return typeof kept.id === 'string' && typeof kept.own === 'object' && kept.own !== null;
}

function isKeptWhole(kept: Partial<Envelope>): kept is Omit<Envelope, 'body'> {
  const { id, headers, contentType, contentEncoding } = kept;
  return (
    typeof id === 'string' &&
    typeof headers === 'object' &&
    headers !== null &&
    typeof contentType === 'string' &&
    typeof contentEncoding === 'string'
  );
}
