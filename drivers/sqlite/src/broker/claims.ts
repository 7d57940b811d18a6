import type { Delivery } from '@lovage/contracts';
import type { Session } from '../session.ts';
import { endLapsed, extendLease, type LapsedLease, nextLapse, openLease } from './leases.ts';
import { nextDue, promote } from './queues.ts';
import { receiptFor } from './receipts.ts';
import { fromRow } from './rows.ts';

export interface Claim {
  readonly deliveries: readonly Delivery[];
  /** The lease they are out under. */
  readonly lease: number | undefined;
  readonly lapsed: readonly LapsedLease[];
}

export interface ClaimRequest {
  readonly consumer: string;
  /** The consumer's lease, if it has one. */
  readonly lease: number | undefined;
  /** Tried in this order. */
  readonly queues: readonly string[];
  readonly max: number;
  readonly leaseMs: number;
}

/** Whether a claim could find anything. A read: an idle consumer must not write to find out. */
export function claimable(database: Session, queues: readonly string[], now: number): boolean {
  if ((nextLapse(database) ?? Number.POSITIVE_INFINITY) <= now) return true;
  const ready = database.statement('select 1 from messages where queue = ? and consumer is null limit 1');
  return queues.some(
    (queue) =>
      ready.get(queue) !== undefined || (nextDue(database, queue) ?? Number.POSITIVE_INFINITY) <= now,
  );
}

/** Epoch ms when a claim that found nothing may find something without any commit, by the clock alone. */
export function nextChance(database: Session, queues: readonly string[]): number {
  const times = [nextLapse(database), ...queues.map((queue) => nextDue(database, queue))];
  return Math.min(...times.map((time) => time ?? Number.POSITIVE_INFINITY));
}

/** Inside a transaction. */
export function claim(database: Session, request: ClaimRequest): Claim {
  const now = Date.now();
  const lapsed = endLapsed(database, now);
  const until = now + request.leaseMs;
  let lease = request.lease;
  const deliveries: Delivery[] = [];
  for (const queue of request.queues) {
    if (deliveries.length === request.max) break;
    promote(database, queue, now);
    if (!hasReady(database, queue)) continue;
    if (lease === undefined || !extendLease(database, lease, until)) {
      lease = openLease(database, request.consumer, until);
    }
    deliveries.push(...take(database, queue, request.max - deliveries.length, lease));
  }
  return { deliveries, lease, lapsed };
}

function hasReady(database: Session, queue: string): boolean {
  return (
    database.statement('select 1 from messages where queue = ? and consumer is null limit 1').get(queue) !==
    undefined
  );
}

/** What `explain query plan` must show to search `messages_ready` and nothing else. */
export const TAKE = `
  update messages set consumer = ?1
  where id in (select id from messages where queue = ?2 and consumer is null order by rank desc, id limit ?3)
  returning id, rank, envelope, body, lost, redelivered`;

function take(database: Session, queue: string, limit: number, lease: number): Delivery[] {
  const rows = database.statement(TAKE).all(lease, queue, limit) as unknown as TakenRow[];
  // `returning` promises no order, and an update visits its rows by id.
  rows.sort((a, b) => b.rank - a.rank || a.id - b.id);
  return rows.map((row) => ({
    queue,
    ...fromRow(row.envelope, row.body),
    deliveries: row.lost + 1,
    redelivered: row.redelivered === 1,
    receipt: receiptFor(lease, row.id),
  }));
}

interface TakenRow {
  readonly id: number;
  readonly rank: number;
  readonly envelope: string;
  readonly body: Uint8Array;
  readonly lost: number;
  readonly redelivered: number;
}
