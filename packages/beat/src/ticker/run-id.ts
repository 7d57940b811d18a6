import { createHash } from 'node:crypto';

/** Drawn once, for runs of periodic tasks. */
const NAMESPACE = Buffer.from('8f2c0b5e6d3a4b1f9c7e51a0d4e86b27', 'hex');

/**
 * The id of the message that is sent for a due time: a UUID of version 5, the same whoever works it out, so that even a
 * run that was sent twice would be seen as one.
 * @param key What tells the entry from all others that share its results: random, and kept with it; else its name
 * @param dueMs Epoch ms
 */
export function runId(key: string, dueMs: number): string {
  const hash = createHash('sha1').update(NAMESPACE).update(`${key}\n${dueMs}`).digest();
  hash[6] = (hash[6]! & 0x0f) | 0x50;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}
