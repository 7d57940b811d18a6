import { type DeadLetter, QUARANTINE, readLetter, takeOut as take } from '@lovage/app';
import type { Broker } from '@lovage/contracts';
import { CommandError } from './exit.ts';

/** The oldest `limit` messages, and how many there are. */
export async function kept(
  broker: Broker,
  limit: number,
): Promise<{ messages: readonly DeadLetter[]; total: number }> {
  const total = await ready(broker);
  const envelopes = await broker.peek(QUARANTINE, limit);
  return { messages: envelopes.map((envelope) => readLetter(envelope, QUARANTINE)), total };
}

/** @throws CommandError when no message, or more than one, has an id that begins with `id` */
export async function keptById(broker: Broker, id: string): Promise<DeadLetter> {
  const envelopes = await broker.peek(QUARANTINE, Math.max(1, await ready(broker)));
  const found = envelopes.filter((envelope) => envelope.id.startsWith(id));
  const exact = found.find((envelope) => envelope.id === id) ?? (found.length === 1 ? found[0] : undefined);
  if (exact) return readLetter(exact, QUARANTINE);
  throw new CommandError(
    found.length === 0
      ? `${id} is not in the quarantine.`
      : `${found.length} messages have an id that begins with ${id}.`,
  );
}

/** For programs. */
export function document(message: DeadLetter): Record<string, unknown> {
  const { id, task, queue, since, reason, headers, body, contentType, contentEncoding } = message;
  const written = { content_type: contentType, content_encoding: contentEncoding };
  return { id, task, queue, since, reason, headers, body, ...written };
}

/** Send messages back to where they came from, or erase them. */
export async function takeOut(
  broker: Broker,
  wanted: 'all' | readonly string[],
  what: 'requeue' | 'purge',
): Promise<{ taken: readonly string[]; missing: readonly string[]; stuck: readonly string[] }> {
  const open = new Set(wanted === 'all' ? [] : wanted);
  const verdict = what === 'purge' ? 'discard' : { sendTo: undefined };
  const { taken, stuck } = await take(broker, QUARANTINE, ({ id }) => {
    if (wanted === 'all' || open.delete(id)) return verdict;
    return open.size === 0 ? 'stop' : 'keep';
  });
  return { taken, missing: [...open], stuck };
}

async function ready(broker: Broker): Promise<number> {
  const [depth] = await broker.depth([QUARANTINE]);
  return depth?.ready ?? 0;
}
