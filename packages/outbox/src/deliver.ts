import { sql } from 'kysely';
import { attempt } from './attempt.ts';
import { type Claimed, claim, dueDeliveries } from './claim.ts';
import { disableEndpoint } from './endpoints.ts';
import { fanOut } from './fan-out.ts';
import type { OutboxConfig } from './options.ts';
import { settle } from './settle.ts';
import type { OutboxStore } from './store.ts';

export interface DeliveryReport {
  /** Tries that were made, or ended without one because the endpoint is gone: `delivered` and `failed` together. */
  readonly processed: number;
  readonly delivered: number;
  /** Those that will be tried again included. */
  readonly failed: number;
  /** What could be tried at once by another call. */
  readonly remaining: number;
}

/** One sweep: new events get their deliveries, then a batch of those that are due is tried, all at once. */
export async function deliver(store: OutboxStore, config: OutboxConfig): Promise<DeliveryReport> {
  await fanOut(store);
  const begun = performance.now();
  const claimed = await claim(store, config.batchSize, config.leaseMs);
  const ended = await Promise.allSettled(claimed.map((each) => deliverOne(store, config, each, begun)));
  // The database failed under one of them: told when the others are done.
  const failure = ended.find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined;
  if (failure) throw failure.reason;
  const outcomes = ended.map((each) => (each as PromiseFulfilledResult<string>).value);
  const count = (kind: string): number => outcomes.filter((outcome) => outcome === kind).length;
  return {
    processed: count('delivered') + count('failed'),
    delivered: count('delivered'),
    failed: count('failed'),
    remaining: await countRemaining(store),
  };
}

async function deliverOne(
  store: OutboxStore,
  config: OutboxConfig,
  claimed: Claimed,
  begun: number,
): Promise<'delivered' | 'failed' | 'left'> {
  // This process was held up, so that the lease may lapse while we wait for an answer: it is left to who takes it then.
  if (performance.now() - begun > config.leaseMs - config.timeoutMs) return 'left';
  const { outcome, gone, pauseMs } = await attempt(claimed, config);
  // First what concerns the others: a crash in between repeats this try, and finds it so.
  if (gone) await disableEndpoint(store, claimed.endpointId, 'it answered 410 Gone');
  if (pauseMs !== undefined) await pauseEndpoint(store, claimed.endpointId, pauseMs);
  await settle(store, claimed, outcome);
  return outcome.kind;
}

async function pauseEndpoint(store: OutboxStore, id: string, ms: number): Promise<void> {
  const until = sql<number>`${store.now()} + ${Math.round(ms)}`;
  await store.db
    .updateTable('outbox_endpoints')
    .set({ not_before: until })
    .where('id', '=', id)
    .where('not_before', '<', until)
    .execute();
}

async function countRemaining(store: OutboxStore): Promise<number> {
  const due = await dueDeliveries(store.db, store)
    .select(({ fn }) => fn.countAll().as('count'))
    .executeTakeFirstOrThrow();
  const events = await store.db
    .selectFrom('outbox_events')
    .select(({ fn }) => fn.countAll().as('count'))
    .where('fanned_out', '=', 0)
    .executeTakeFirstOrThrow();
  return Number(due.count) + Number(events.count);
}
