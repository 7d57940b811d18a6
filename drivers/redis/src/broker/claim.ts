import type { Delivery } from '@lovage/contracts';
import type { Connection } from '../connection/connection.ts';
import { readElement } from './entry.ts';
import type { Identity } from './identity.ts';
import { type Layout, type QueueKeys, RECEIPT_PREFIX } from './layout.ts';
import { CLAIM, CLAIM_LIMIT } from './lua/claim.ts';

export interface Claimed {
  readonly deliveries: readonly Delivery[];
  /** Ms until the lease of some consumer lapses; not above zero when one has. */
  readonly lapseMs: number;
}

/** One look at the queues, in this order within each priority. Undefined when the consumer is dead. */
export async function claimOnce(
  connection: Connection,
  layout: Layout,
  identity: Pick<Identity, 'member' | 'numbers'>,
  options: { readonly queues: readonly QueueKeys[]; readonly max: number; readonly leaseMs: number },
): Promise<Claimed | undefined> {
  const { queues, leaseMs } = options;
  const max = Math.min(options.max, CLAIM_LIMIT);
  const { member } = identity;
  const prefix = `${RECEIPT_PREFIX}${member}:`;
  let number = identity.numbers(max);
  const keys = [layout.consumers, layout.unacked, layout.index, layout.held(member)];
  const args = [member, leaseMs, Date.now(), max, prefix, number, queues[0]?.lists.length ?? 0].map(String);
  for (const { name, delayed, lists, tail } of queues) {
    keys.push(delayed, ...lists);
    args.push(name, tail);
  }
  const reply = await CLAIM.run(connection, keys, args, { buffers: true });
  if (reply === null) return undefined;
  const [lapseMs, counts, messages] = reply as [number, number[], Buffer[]];
  const deliveries: Delivery[] = [];
  for (let at = 0; at < counts.length; at += 2) {
    const queue = queues[counts[at]!]!.name;
    for (let left = counts[at + 1]!; left > 0; left -= 1) {
      const element = readElement(messages[deliveries.length]!);
      deliveries.push({ queue, receipt: `${prefix}${number}:${queue}`, ...element });
      number += 1;
    }
  }
  return { deliveries, lapseMs };
}
