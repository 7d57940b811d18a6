import type { Settlement } from '@lovage/contracts';
import { type PreparedRecord, prepareRecord, storeRecords } from '../results/store.ts';
import type { Session } from '../session.ts';
import { insert } from './queues.ts';
import { readReceipt } from './receipts.ts';
import { type MessageRow, toRow } from './rows.ts';

/** A settlement with all that can be worked out before the transaction. */
export interface PreparedSettlement {
  readonly kind: Settlement['kind'];
  readonly receipt: string;
  readonly lease: number;
  readonly message: number;
  readonly lost: boolean;
  /** Epoch ms, of a message that is deferred. */
  readonly due: number;
  readonly followUps: readonly MessageRow[];
  readonly records: readonly PreparedRecord[];
}

export function prepareSettlement(settlement: Settlement): PreparedSettlement {
  const { receipt } = settlement.delivery;
  const done = settlement.kind === 'done' ? settlement : undefined;
  return {
    kind: settlement.kind,
    receipt,
    ...readReceipt(receipt),
    lost: settlement.kind === 'release' && settlement.lost === true,
    due: settlement.kind === 'defer' ? settlement.notBefore : 0,
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
  const records: PreparedRecord[] = [];
  for (const each of settlements) {
    if (each.kind === 'done') {
      if (!removed.get(each.lease)?.delete(each.message)) continue;
      records.push(...each.records);
      insert(database, each.followUps, now);
    } else if (!GIVE_BACK[each.kind](database, each)) continue;
    kept.add(each.receipt);
  }
  storeRecords(database, records, now);
  return kept;
}

type GivingBack = (database: Session, settlement: PreparedSettlement) => boolean;

/** What becomes of a message that is not done. Each answers false when it is no longer held. */
const GIVE_BACK: Readonly<Record<Exclude<Settlement['kind'], 'done'>, GivingBack>> = {
  release,
  defer,
  reject,
};

/** Deletes the messages that are still held, a lease at a time: there is seldom more than one. */
function remove(database: Session, settlements: readonly PreparedSettlement[]): Map<number, Set<number>> {
  const removed = new Map<number, Set<number>>();
  for (const lease of new Set(settlements.map((each) => each.lease))) {
    const asked = settlements.filter((each) => each.lease === lease).map((each) => each.message);
    const rows = database
      .statement(
        'delete from claimed where lease = ?1 and id in (select value from json_each(?2)) returning id',
      )
      .all(lease, JSON.stringify(asked));
    const ids = rows.map((row) => row['id'] as number);
    database
      .statement('delete from messages where id in (select value from json_each(?))')
      .run(JSON.stringify(ids));
    removed.set(lease, new Set(ids));
  }
  return removed;
}

/** Its id stays, so it is the oldest of its rank again. */
function release(database: Session, { lease, message, lost }: PreparedSettlement): boolean {
  const { changes } = database
    .statement(`insert into ready (queue, rank, id, lost, redelivered)
      select queue, rank, id, lost + ?3, 1 from claimed where lease = ?1 and id = ?2`)
    .run(lease, message, Number(lost));
  if (changes === 0) return false;
  database.statement('delete from claimed where lease = ? and id = ?').run(lease, message);
  database.touch('messages');
  return true;
}

/** Only its narrow row moves; its payload stays where it is. */
function defer(database: Session, { lease, message, due }: PreparedSettlement): boolean {
  const { changes } = database
    .statement(`insert into parked (queue, due, id, rank)
      select queue, ?3, id, rank from claimed where lease = ?1 and id = ?2`)
    .run(lease, message, due);
  if (changes === 0) return false;
  database.statement('delete from claimed where lease = ? and id = ?').run(lease, message);
  database.touch('messages');
  return true;
}

function reject(database: Session, { lease, message }: PreparedSettlement): boolean {
  const row = database
    .statement('delete from claimed where lease = ? and id = ? returning queue, rank')
    .get(lease, message);
  if (!row) return false;
  const moved = database
    .statement(`insert into ready (queue, rank, id)
      select dead_letter, ?2, ?3 from queues where name = ?1 and dead_letter is not null`)
    .run(row['queue'] as string, row['rank'] as number, message).changes;
  if (moved === 1) database.touch('messages');
  else database.statement('delete from messages where id = ?').run(message);
  return true;
}
