import type { Settlement } from '@lovage/contracts';
import {
  announce,
  announceReady,
  announceRecords,
  type Held,
  int4Array,
  int8Array,
  KEEP,
  type RecordRow,
  recordColumns,
  type Session,
  type Settle,
  sharing,
  statement,
  toRecordRow,
} from '@lovage/postgres/kit';
import { giveBackReceipts } from './give-back.ts';
import { type MessageRow, toRow } from './payload.ts';
import { columnsOf } from './publish.ts';
import type { KombuQueues } from './queues.ts';
import { FOUND, INSERTED, NEXT_VERSION } from './statements.ts';
import { TOPIC } from './wakes.ts';

interface Prepared extends Held {
  readonly receipt: string;
  readonly records: readonly RecordRow[];
  readonly followUps: readonly MessageRow[];
}

/** Settlements in one transaction. */
const BATCH = 1000;

/**
 * Whether a message is ours the table of ours decides: Python may have purged it meanwhile, and what was done of it
 * counts all the same. Python leaves what it has consumed for ever; what we have done is deleted.
 */
const GONE = `with ${FOUND}, gone as (
    delete from lovage_kombu_message_held h using found where h.ctid = found.place returning found.n, h.message
  ), removed as (
    delete from kombu_message where id = any (array(select message from gone))
  )`;
const STORED = `, stored as (${KEEP(3, 'join gone on gone.n = k.n')})`;
const SENT = (from: number) =>
  `, ${INSERTED(
    `(select u.* from unnest($${from}::int8[], $${from + 1}::int4[], $${from + 2}::int8[], $${from + 3}::text[])
      with ordinality as u(n, queue, due, payload, o) join gone on gone.n = u.n) as f`,
  )}`;
const ANSWER = ' select n from gone';

/** Removal, results and what follows are one statement, and so one transaction. */
const DONE = {
  only: statement('kombu done', GONE + ANSWER),
  stored: statement('kombu done, stored', GONE + STORED + ANSWER),
  sent: statement('kombu done, sent', GONE + SENT(3) + ANSWER),
  all: statement('kombu done, stored, sent', GONE + STORED + SENT(10) + ANSWER),
} as const;

/** It stays invisible to all, and is promoted when it is due. */
const DEFER = statement(
  'kombu defer',
  `with ${FOUND}
    update lovage_kombu_message_held h set lease = null, due = ($3::int8[])[found.n] from found
    where h.ctid = found.place returning found.n, h.queue, h.due`,
);
const BURY = statement(
  'kombu reject',
  `with ${FOUND}, buried as (
    delete from lovage_kombu_message_held h using found, lovage_kombu_message_dead_letters d
    where h.ctid = found.place and d.queue = found.queue returning found.n, h.message, d.dead_letter
  ), moved as (
    update kombu_message m set visible = true, "timestamp" = null, queue_id = buried.dead_letter, version = ${NEXT_VERSION}
    from buried where m.id = buried.message
  )
  select n, dead_letter as queue from buried`,
);

export function settler(database: Session, queues: KombuQueues): Settle {
  const finish = sharing<readonly Prepared[], ReadonlySet<string>>(
    async (calls) => {
      const kept = await done(calls.flat());
      return calls.map(() => kept);
    },
    { maxItems: BATCH, concurrency: 2 },
  );
  return async (settlements) => {
    const prepared = settlements.map(prepare);
    const of = (kind: Settlement['kind']) => prepared.filter(({ settlement }) => settlement.kind === kind);
    const kept = new Set<string>();
    const finished = of('done');
    if (finished.length > 0) {
      const held = await finish(finished);
      for (const { receipt } of finished) if (held.has(receipt)) kept.add(receipt);
    }
    for (const kind of ['release', 'defer', 'reject'] as const) {
      const some = of(kind);
      if (some.length > 0) for (const receipt of await GIVE_BACK[kind](database, some)) kept.add(receipt);
    }
    return kept;
  };

  async function done(all: readonly Prepared[]): Promise<ReadonlySet<string>> {
    const numbered = <T>(list: (each: Prepared) => readonly T[]) =>
      all.flatMap((each, i) => list(each).map((item) => ({ n: i + 1, item })));
    const records = numbered((each) => each.records);
    const messages = numbered((each) => each.followUps);
    const followUps = messages.map(({ item }) => item);
    const ids = await queues.ofRows(followUps);
    const now = Date.now();
    const values = receiptColumns(all);
    if (records.length > 0) {
      const rows = records.map(({ item }) => item);
      values.push(
        ...recordColumns(
          rows,
          records.map(({ n }) => n),
        ),
      );
    }
    if (messages.length > 0) {
      values.push(int8Array(messages.map(({ n }) => n)), ...columnsOf(followUps, ids, now));
    }
    const how =
      records.length > 0 ? (messages.length > 0 ? 'all' : 'stored') : messages.length > 0 ? 'sent' : 'only';
    const kept = named(all, await database.run<Numbered>(DONE[how], values));
    announce(
      database,
      kept.flatMap((each) => each.followUps),
      ids,
      now,
      TOPIC,
    );
    announceRecords(
      database,
      kept.flatMap((each) => each.records),
    );
    return new Set(kept.map(({ receipt }) => receipt));
  }
}

interface Numbered {
  readonly n: number;
}

interface Moved extends Numbered {
  readonly queue: number;
}

type GivingBack = (database: Session, all: readonly Prepared[]) => Promise<readonly string[]>;

/** What becomes of a message that is not done. Each answers the receipts that were still held. */
const GIVE_BACK: Readonly<Record<Exclude<Settlement['kind'], 'done'>, GivingBack>> = {
  async release(database, all) {
    const receipts = all.map(({ at, settlement }) => ({
      ...at,
      lost: settlement.kind === 'release' && settlement.lost === true,
    }));
    const { held, queues } = await database.transaction((run) => giveBackReceipts(run, receipts));
    announceReady(database, queues, TOPIC);
    const given = new Set(held.map(({ message, lease }) => `${message}:${lease}`));
    return all.filter(({ at }) => given.has(`${at.id}:${at.lease}`)).map(({ receipt }) => receipt);
  },

  async defer(database, all) {
    const due = ({ settlement }: Prepared) =>
      settlement.kind === 'defer' ? Math.max(0, Math.ceil(settlement.notBefore)) : 0;
    const rows = await database.run<Moved & { readonly due: number }>(DEFER, [
      ...receiptColumns(all),
      int8Array(all.map(due)),
    ]);
    // A consumer looks after what is parked when it is told when that is due.
    const ids = new Map(rows.map(({ queue }) => [String(queue), queue]));
    const parked = rows.map((row) => ({ queue: String(row.queue), due: Math.max(1, row.due) }));
    announce(database, parked, ids, 0, TOPIC);
    return named(all, rows).map(({ receipt }) => receipt);
  },

  async reject(database, all) {
    const rows = await database.run<Moved>(BURY, receiptColumns(all));
    announceReady(
      database,
      rows.map(({ queue }) => queue),
      TOPIC,
    );
    const buried = named(all, rows);
    const rest = all.filter((each) => !buried.includes(each));
    const dropped =
      rest.length === 0 ? [] : named(rest, await database.run<Numbered>(DONE.only, receiptColumns(rest)));
    return [...buried, ...dropped].map(({ receipt }) => receipt);
  },
};

const named = (all: readonly Prepared[], rows: readonly Numbered[]): Prepared[] =>
  rows.map(({ n }) => all[n - 1]!);

function receiptColumns(all: readonly Prepared[]): Buffer[] {
  return [int4Array(all.map(({ at }) => at.id)), int4Array(all.map(({ at }) => at.lease))];
}

function prepare({ settlement, at }: Held): Prepared {
  const { receipt } = settlement.delivery;
  const done = settlement.kind === 'done' ? settlement : undefined;
  return {
    receipt,
    at,
    settlement,
    records: done?.records?.map(toRecordRow) ?? [],
    followUps: done?.followUps?.map(toRow) ?? [],
  };
}
