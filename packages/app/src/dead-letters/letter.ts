import type { Envelope } from '@lovage/contracts';
import { ADDED_HEADERS, DEAD_LETTER_KINDS, type DeadLetterKind, QUARANTINE } from './queues.ts';

/** A message that will not run again by itself, as a worker kept it. */
export interface DeadLetter {
  /** The task's id. */
  readonly id: string;
  readonly task: string | undefined;
  readonly kind: DeadLetterKind;
  /** The queue that it came from. */
  readonly queue: string | undefined;
  /** ISO 8601. */
  readonly since: string | undefined;
  /** The error as Celery shows it, or why it could not run. */
  readonly reason: string;
  readonly traceback: string | undefined;
  /** The worker that kept it. */
  readonly worker: string | undefined;
  /** How often it had been retried. */
  readonly retries: number | undefined;
  /** Its own, without those that were added to keep it. */
  readonly headers: Readonly<Record<string, unknown>>;
  readonly contentType: string;
  readonly contentEncoding: string;
  /** Arguments and links, as text where it is text, else in hexadecimal. */
  readonly body: string;
  /** '120 bytes of application/json, utf-8'. */
  readonly bodyNote: string;
}

/** @param place The queue that it is kept in. */
export function readLetter(envelope: Envelope, place: string): DeadLetter {
  const { id, headers, body, contentType, contentEncoding } = envelope;
  const text = new TextDecoder().decode(body);
  const retries = headers['retries'];
  return {
    id,
    task: textOf(headers['task']),
    kind: kindOf(envelope, place),
    queue: textOf(headers['lovage_queue']),
    since: textOf(headers['lovage_at']),
    reason: textOf(headers['lovage_reason']) ?? 'unknown',
    traceback: textOf(headers['lovage_traceback']),
    worker: textOf(headers['lovage_worker']),
    retries: typeof retries === 'number' ? retries : undefined,
    headers: ownHeaders(envelope),
    contentType,
    contentEncoding,
    body: text.includes('\uFFFD') ? Buffer.from(body).toString('hex') : text,
    bodyNote: `${body.length} bytes of ${contentType || 'no content type'}, ${contentEncoding || 'no encoding'}`,
  };
}

/** A worker of an earlier version did not say it. */
function kindOf({ headers }: Envelope, place: string): DeadLetterKind {
  const kind = headers['lovage_kind'];
  return (
    DEAD_LETTER_KINDS.find((known) => known === kind) ?? (place === QUARANTINE ? 'unreadable' : 'failed')
  );
}

/** When it was kept, in epoch ms; NaN where it does not say. */
export const keptAtMs = ({ headers }: Envelope): number => Date.parse(textOf(headers['lovage_at']) ?? '');

/**
 * The message as it is sent again. What failed or was rejected starts anew: with all of its retries, and without an eta or an
 * expiry, which are over. What could not run goes back as it came.
 */
export function revived(envelope: Envelope, place: string): Envelope {
  const own = ownHeaders(envelope);
  const priority = envelope.headers['lovage_priority'];
  const anew = place === QUARANTINE ? {} : { retries: 0, eta: null, expires: null };
  return {
    ...envelope,
    headers: { ...own, ...anew },
    ...(typeof priority === 'number' ? { priority } : {}),
  };
}

function ownHeaders(envelope: Envelope): Record<string, unknown> {
  return Object.fromEntries(Object.entries(envelope.headers).filter(([name]) => !ADDED_HEADERS.has(name)));
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
