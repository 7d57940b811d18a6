import type { Settlement } from '@lovage/contracts';
import { type PreparedRecord, prepareRecord, storeRecord } from '../results/store.ts';
import type { Session } from '../session.ts';
import { insert } from './queues.ts';
import { leaseOf, messageOf } from './receipts.ts';
import { type MessageRow, toRow } from './rows.ts';

/** A settlement with all that can be worked out before the transaction. */
export interface PreparedSettlement {
  readonly kind: Settlement['kind'];
  readonly receipt: string;
  readonly lease: number;
  readonly message: number;
  readonly lost: boolean;
  readonly followUps: readonly MessageRow[];
  readonly records: readonly PreparedRecord[];
}

export function prepareSettlement(settlement: Settlement): PreparedSettlement {
  const { receipt } = settlement.delivery;
  const done = settlement.kind === 'done' ? settlement : undefined;
  return {
    kind: settlement.kind,
    receipt,
    lease: leaseOf(receipt),
    message: messageOf(receipt),
    lost: settlement.kind === 'release' && settlement.lost === true,
    followUps: done?.followUps?.map(toRow) ?? [],
    records: done?.records?.map(prepareRecord) ?? [],
  };
}

/** Inside a transaction. Answers the receipts that were still held; the rest did nothing. */
export function settle(database: Session, settlements: readonly PreparedSettlement[]): ReadonlySet<string> {
  const now = Date.now();
  const removed = remove(
    database,
    settlements.filter((each) => each.kind === 'done'),
  );
  const kept = new Set<string>();
  for (const each of settlements) {
    if (each.kind === 'done') {
      if (!removed.delete(each.message)) continue;
      for (const record of each.records) storeRecord(database, record, now);
      for (const row of each.followUps) insert(database, row, now);
    } else if (each.kind === 'release' ? !release(database, each) : !reject(database, each)) continue;
    kept.add(each.receipt);
  }
  return kept;
}

/** Deletes the messages that are still held, in one statement for each lease: there is seldom more than one. */
function remove(database: Session, settlements: readonly PreparedSettlement[]): Set<number> {
  const removed = new Set<number>();
  for (const lease of new Set(settlements.map((each) => each.lease))) {
    const messages = settlements.filter((each) => each.lease === lease).map((each) => each.message);
    const rows = database
      .statement(
        `delete from messages where consumer = ?1 and id in (select value from json_each(?2)) returning id`,
      )
      .all(lease, JSON.stringify(messages));
    for (const row of rows) removed.add(row['id'] as number);
  }
  return removed;
}

/** Its id stays, so it is the oldest of its rank again. */
function release(database: Session, { lease, message, lost }: PreparedSettlement): boolean {
  const { changes } = database
    .statement(`update messages set consumer = null, redelivered = 1, lost = lost + ?3
      where id = ?2 and consumer = ?1`)
    .run(lease, message, Number(lost));
  if (changes === 1) database.touch('messages');
  return changes === 1;
}

function reject(database: Session, { lease, message }: PreparedSettlement): boolean {
  const { changes: moved } = database
    .statement(`insert into messages (queue, rank, envelope, body)
      select dead_letter, rank, envelope, body from messages join queues on queues.name = messages.queue
      where messages.id = ?2 and messages.consumer = ?1 and dead_letter is not null`)
    .run(lease, message);
  if (moved === 1) database.touch('messages');
  return (
    database.statement('delete from messages where id = ?2 and consumer = ?1').run(lease, message).changes ===
    1
  );
}
