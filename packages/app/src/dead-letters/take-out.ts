import { hostname } from 'node:os';
import type { Broker, Consumer, Delivery, Envelope, Settlement } from '@lovage/contracts';
import { revived } from './letter.ts';

const LEASE_MS = 30_000;
const BATCH = 200;
/** How long to wait for messages that were counted and are no longer there: somebody else took them. */
const PATIENCE_MS = 1000;

/** What came of taking messages out. */
export interface TakenOut {
  /** Ids of those that are gone from where they were kept. */
  readonly taken: string[];
  /** Ids of those that do not say which queue they came from: left where they are. */
  readonly stuck: string[];
}

/** What is done with one message: it stays, is erased, or is sent to a queue. */
export type Verdict = 'keep' | 'stop' | 'discard' | { readonly sendTo: string | undefined };

/**
 * Goes through the messages that are kept in a queue, the oldest first, and does with each what `decide` says; after
 * 'stop' the rest stay. Each is claimed first, so that two who do this at once do not send it twice, and what is sent is
 * durable before it is gone here; what stays goes back to where it was.
 */
export async function takeOut(
  broker: Broker,
  place: string,
  decide: (envelope: Envelope) => Verdict,
): Promise<TakenOut> {
  let left = await ready(broker, place);
  const result: TakenOut = { taken: [], stuck: [] };
  if (left === 0) return result;
  const consumer = await broker.consume({
    consumer: `${place}:${hostname()}:${crypto.randomUUID()}`,
    queues: [place],
    prefetch: left,
    leaseMs: LEASE_MS,
  });
  try {
    const untouched: Delivery[] = [];
    let renewedMs = performance.now();
    for (let stopped = false; left > 0 && !stopped; ) {
      const claimed = await claim(consumer, Math.min(left, BATCH));
      if (claimed.length === 0) break;
      left -= claimed.length;
      const settlements: Settlement[] = [];
      for (const delivery of claimed) {
        const verdict: Verdict = stopped ? 'keep' : decide(delivery.envelope);
        stopped ||= verdict === 'stop';
        const settlement = settlementOf(delivery, place, verdict);
        if (settlement) settlements.push(settlement);
        else untouched.push(delivery);
        if (!settlement && typeof verdict === 'object') result.stuck.push(delivery.envelope.id);
      }
      const lost = new Set(await consumer.settle(settlements));
      const gone = settlements.filter(({ delivery }) => !lost.has(delivery));
      result.taken.push(...gone.map(({ delivery }) => delivery.envelope.id));
      if (performance.now() - renewedMs > LEASE_MS / 3) {
        renewedMs = performance.now();
        await consumer.renew(untouched);
      }
    }
    await consumer.settle(untouched.map((delivery) => ({ kind: 'release', delivery })));
  } finally {
    await consumer.close();
  }
  return result;
}

/** How many are kept there now. */
export async function ready(broker: Broker, place: string): Promise<number> {
  const [depth] = await broker.depth([place]);
  return depth?.ready ?? 0;
}

/** Undefined where it stays. */
function settlementOf(delivery: Delivery, place: string, verdict: Verdict): Settlement | undefined {
  if (verdict === 'keep' || verdict === 'stop') return undefined;
  if (verdict === 'discard') return { kind: 'done', delivery };
  const queue = verdict.sendTo ?? delivery.envelope.headers['lovage_queue'];
  if (typeof queue !== 'string') return undefined;
  const envelope = revived(delivery.envelope, place);
  return { kind: 'done', delivery, followUps: [{ queue, envelope }] };
}

/** Up to `max`, or none when they do not come: `claim` itself would wait for ever. */
async function claim(consumer: Consumer, max: number): Promise<readonly Delivery[]> {
  return consumer.claim(max, AbortSignal.timeout(PATIENCE_MS));
}
