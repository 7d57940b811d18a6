import type { Delivery } from '@lovage/contracts';
import { readEnvelope } from '@lovage/protocol';
import type { Session } from '../session.ts';
import { endLapsed, extendLease, type LapsedLease, nextLapse, openLease } from './leases.ts';
import { nextDue, promote } from './queues.ts';
import { newReceipt } from './receipts.ts';

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
  const ready = database.statement('select 1 from ready where queue = ? limit 1');
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
  return database.statement('select 1 from ready where queue = ? limit 1').get(queue) !== undefined;
}

const NEXT = 'from ready where queue = ?1 order by rank desc, id limit ?2';

/** Three statements over the same head of the queue; exported for the test of their query plans. */
export const TAKE = {
  read: `select ready.id, envelope, body, lost, redelivered
    from ready join messages using (id) where queue = ?1 order by rank desc, ready.id limit ?2`,
  hold: `insert into claimed (lease, id, queue, rank, lost) select ?3, id, queue, rank, lost ${NEXT}`,
  leave: `delete from ready where (queue, rank, id) in (select queue, rank, id ${NEXT})`,
};

function take(database: Session, queue: string, limit: number, lease: number): Delivery[] {
  const rows = database.statement(TAKE.read).all(queue, limit) as unknown as TakenRow[];
  database.statement(TAKE.hold).run(queue, limit, lease);
  database.statement(TAKE.leave).run(queue, limit);
  return rows.map((row) => ({
    queue,
    ...readEnvelope(row.envelope, row.body),
    deliveries: row.lost + 1,
    redelivered: row.redelivered === 1,
    receipt: newReceipt(lease, row.id),
  }));
}

interface TakenRow {
  readonly id: number;
  readonly envelope: string;
  readonly body: Uint8Array;
  readonly lost: number;
  readonly redelivered: number;
}
