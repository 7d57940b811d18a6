import type { BrokerTraits, Envelope, OutgoingMessage } from '@lovage/contracts';
import { readHeaders } from '@lovage/protocol';

/** What is known of a message without opening it. */
export interface Known {
  readonly task: string | undefined;
  /** Epoch ms. */
  readonly eta: number | undefined;
}

/** Of a message that is none of a task, nothing: it is moved like any other. */
export function knownOf(envelope: Envelope, timezone: string): Known {
  try {
    const { task, eta } = readHeaders(envelope, { timezone });
    return { task, eta };
  } catch {
    return { task: undefined, eta: undefined };
  }
}

/** What a driver could not read as a message. It belongs to whoever put it there. */
export const isUnreadable = ({ id, contentEncoding }: Envelope): boolean =>
  id === '' && contentEncoding === 'binary';

/**
 * The message as the destination wants it: hidden until it is due; or ready at once, where Celery's own workers may
 * take it, who look at its `eta` (decision 0009). What is delayed without an `eta` is hidden there too.
 */
export function outgoing(
  queue: string,
  envelope: Envelope,
  { eta, dueMs }: { readonly eta: number | undefined; readonly dueMs: number | undefined },
  { foreignPeers }: BrokerTraits,
): OutgoingMessage {
  const notBefore = foreignPeers && eta !== undefined ? undefined : (dueMs ?? eta);
  return notBefore === undefined ? { queue, envelope } : { queue, envelope, notBefore };
}
