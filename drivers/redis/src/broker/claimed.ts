import type { Reply } from '../connection/client.ts';
import type { Connection } from '../connection/connection.ts';
import { readEntryQueue } from './entry.ts';
import { type Layout, RECEIPT_PREFIX } from './layout.ts';

/** Index entries read at a time. */
const PART = 500;
const READ = { repeatable: true } as const;

/**
 * Messages that are out, by queue. Our receipts name their queue; for Python's the message must be read,
 * so this costs as much as Python holds. It is for people and reports, not for every second.
 */
export async function countClaimed(
  connection: Connection,
  layout: Layout,
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  const seen = new Set<string>();
  let cursor = '0';
  do {
    const scan = ['ZSCAN', layout.index, cursor, 'COUNT', String(PART)];
    const [next, members] = (await connection.send(scan, READ)) as [string, readonly Reply[]];
    cursor = String(next);
    const receipts = membersOf(members).filter((receipt) => !seen.has(receipt));
    for (const receipt of receipts) seen.add(receipt);
    for (const queue of await queuesOf(connection, layout, receipts))
      counts.set(queue, (counts.get(queue) ?? 0) + 1);
  } while (cursor !== '0');
  return counts;
}

async function queuesOf(
  connection: Connection,
  layout: Layout,
  receipts: readonly string[],
): Promise<string[]> {
  const own = receipts.filter((receipt) => receipt.startsWith(RECEIPT_PREFIX));
  const foreign = receipts.filter((receipt) => !receipt.startsWith(RECEIPT_PREFIX));
  const queues = own.map((receipt) => receipt.slice(ordinalIndexOf(receipt, 3) + 1));
  if (foreign.length === 0) return queues;
  const entries = await connection.send(['HMGET', layout.unacked, ...foreign], { ...READ, buffers: true });
  for (const entry of entries as readonly (Buffer | null)[])
    if (entry) queues.push(readEntryQueue(entry) ?? '');
  return queues;
}

/** `lovage:<member>:<number>:<queue>`: where the queue begins, which may have colons of its own. */
function ordinalIndexOf(receipt: string, count: number): number {
  let at = -1;
  for (let i = 0; i < count; i += 1) at = receipt.indexOf(':', at + 1);
  return at;
}

/** ZSCAN answers members and scores in turn. */
function membersOf(reply: readonly Reply[]): string[] {
  return reply.flatMap((each, i) =>
    Array.isArray(each) ? [String(each[0])] : i % 2 === 0 ? [String(each)] : [],
  );
}
