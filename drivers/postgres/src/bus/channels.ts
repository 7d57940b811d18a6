import { createHash } from 'node:crypto';
import type { BusChannel } from '@lovage/contracts';

/** Names of PostgreSQL have up to 63 bytes; a schema of ours up to 31, and a dot. */
const LONGEST = 31;

/** Each has a channel of its own, so that a worker is not told of everybody's events. */
export function topicOf(channel: BusChannel): string {
  const topic = `b.${channel}`;
  if (Buffer.byteLength(topic) <= LONGEST) return topic;
  return `b.${createHash('sha256')
    .update(channel)
    .digest('base64url')
    .slice(0, LONGEST - 2)}`;
}
