import type { Settlement } from '@lovage/contracts';
import { int2Array, int8Array } from '../database/arrays.ts';
import type { Session } from '../database/session.ts';
import { sharing } from '../database/sharing.ts';
import { type Statement, statement } from '../database/statement.ts';
import { announceRecords } from '../results/news.ts';
import { KEEP, type RecordRow, recordColumns, toRecordRow } from '../results/rows.ts';
import type { Queues } from './queues.ts';
import { type By, MINE, RECEIPTS, receiptColumns } from './receipts.ts';
import { columnsOf, type MessageRow, toRow } from './rows.ts';
import type { Held, Settle } from './tables.ts';
import { announce } from './wakes.ts';

interface Prepared extends Held {
  readonly receipt: string;
  readonly records: readonly RecordRow[];
  readonly followUps: readonly MessageRow[];
}
const NONE: readonly never[] = [];
const NOTHING: { readonly records?: undefined; readonly followUps?: undefined } = {};

/** Settlements in one transaction. */
const BATCH = 1000;

/** One for each way to find the row. */
function both(name: string, text: (mine: string) => string): Readonly<Record<By, Statement>> {
  return {
    place: statement(`${name} by place`, text(MINE.place)),
    lease: statement(`${name} by lease`, text(MINE.lease)),
  };
}

const GONE = (mine: string) =>
  `with gone as (delete from lovage.messages m using ${RECEIPTS} where ${mine} returning r.n)`;
const STORED = `, stored as (${KEEP(4, 'join gone on gone.n = k.n')})`;
const SENT = (from: number) => `, sent as (
    insert into lovage.messages (queue, rank, due, envelope, body)
    select f.queue, f.rank, f.due, f.envelope, f.body
    from unnest($${from}::int8[], $${from + 1}::int4[], $${from + 2}::int2[], $${from + 3}::int8[], $${from + 4}::text[],
      $${from + 5}::bytea[]) with ordinality as f(n, queue, rank, due, envelope, body, o)
    join gone on gone.n = f.n order by f.o)`;
/** Most times all of them, which takes one row to say. */
const ANSWER = ` select count(*)::int as count,
  case when count(*) < cardinality($2::int8[]) then array_agg(n::int) end as gone from gone`;

/** Removal, results and what follows are one statement, and so one transaction. */
const DONE = {
  only: both('done', (mine) => GONE(mine) + ANSWER),
  stored: both('done, stored', (mine) => GONE(mine) + STORED + ANSWER),
  sent: both('done, sent', (mine) => GONE(mine) + SENT(4) + ANSWER),
  all: both('done, stored, sent', (mine) => GONE(mine) + STORED + SENT(11) + ANSWER),
} as const;

/** Its id stays, so it is the oldest of its rank again. */
const RELEASE = both(
  'release',
  (mine) => `update lovage.messages m set lease = null, redelivered = true,
      lost = least(m.lost + ($4::int2[])[r.n], 32767)
    from ${RECEIPTS} where ${mine} returning r.n, m.queue, m.due`,
);
const DEFER = both(
  'defer',
  (mine) => `update lovage.messages m set lease = null, due = ($4::int8[])[r.n], lost = 0, redelivered = false
    from ${RECEIPTS} where ${mine} returning r.n, m.queue, m.due`,
);
const BURY = both(
  'reject',
  (mine) => `update lovage.messages m set lease = null, queue = q.dead_letter, lost = 0, redelivered = false
    from ${RECEIPTS}, lovage.queues q where ${mine} and q.id = m.queue and q.dead_letter is not null
    returning r.n, m.queue, m.due`,
);

export function settler(database: Session, queues: Queues): Settle {
  const finish = sharing<readonly Prepared[], ReadonlySet<string>>(
    async (calls) => {
      const kept = await done(calls.flat());
      return calls.map(() => kept);
    },
    { maxItems: BATCH, concurrency: 2 },
  );
  return async (settlements) => {
    const prepared = settlements.map(prepare);
    const kept = new Set<string>();
    const finished = prepared.filter(({ settlement }) => settlement.kind === 'done');
    if (finished.length > 0) {
      const held = await finish(finished);
      for (const { receipt } of finished) if (held.has(receipt)) kept.add(receipt);
    }
    for (const kind of ['release', 'defer', 'reject'] as const) {
      const some = prepared.filter(({ settlement }) => settlement.kind === kind);
      if (some.length > 0) for (const receipt of await GIVE_BACK[kind](database, some)) kept.add(receipt);
    }
    return kept;
  };

  async function done(all: readonly Prepared[]): Promise<ReadonlySet<string>> {
    const followUps = numbered(all, (each) => each.followUps).items;
    const ids = await queues.ofRows(followUps);
    const now = Date.now();
    const held = await found(all, (some, by) => {
      const records = numbered(some, (each) => each.records);
      const messages = numbered(some, (each) => each.followUps);
      const values = receiptColumns(some.map((each) => each.at));
      if (records.items.length > 0) values.push(...recordColumns(records.items, records.numbers));
      if (messages.items.length > 0)
        values.push(int8Array(messages.numbers), ...columnsOf(messages.items, ids, now));
      const also = records.items.length > 0 ? 'stored' : 'only';
      const what = messages.items.length === 0 ? also : also === 'stored' ? 'all' : 'sent';
      return gone(database, DONE[what][by], values, some.length);
    });
    const kept = held.length === all.length ? all : inOrder(all, held);
    if (followUps.length > 0) announce(database, numbered(kept, (each) => each.followUps).items, ids, now);
    announceRecords(database, numbered(kept, (each) => each.records).items);
    return new Set(kept.map((each) => each.receipt));
  }
}

function inOrder(all: readonly Prepared[], some: readonly Prepared[]): readonly Prepared[] {
  const those = new Set(some);
  return all.filter((each) => those.has(each));
}

/** What many settlements carry, and the number of the settlement that each belongs to, from 1. */
function numbered<T>(all: readonly Prepared[], of: (each: Prepared) => readonly T[]) {
  const items: T[] = [];
  const numbers: number[] = [];
  for (let i = 0; i < all.length; i += 1) {
    for (const item of of(all[i]!)) {
      items.push(item);
      numbers.push(i + 1);
    }
  }
  return { items, numbers };
}

/** The numbers of those that were there. */
async function gone(
  database: Session,
  how: Statement,
  values: readonly Buffer[],
  length: number,
): Promise<readonly Found[]> {
  const [row] = await database.run<{ readonly count: number; readonly gone: number[] | null }>(how, values);
  if (row!.count === length) return Array.from({ length }, (_, i) => ({ n: i + 1 }));
  return (row!.gone ?? []).map((n) => ({ n }));
}

/** One of many, by its number from 1. */
interface Found {
  readonly n: number;
}

type GivingBack = (database: Session, all: readonly Prepared[]) => Promise<readonly string[]>;

/** What becomes of a message that is not done. Each answers the receipts that were still held. */
const GIVE_BACK: Readonly<Record<Exclude<Settlement['kind'], 'done'>, GivingBack>> = {
  async release(database, all) {
    const lost = ({ settlement }: Prepared) =>
      Number(settlement.kind === 'release' && settlement.lost === true);
    return move(database, RELEASE, all, (some) => [int2Array(some.map(lost))]);
  },

  async defer(database, all) {
    const due = ({ settlement }: Prepared) =>
      settlement.kind === 'defer' ? Math.max(1, Math.ceil(settlement.notBefore)) : 1;
    return move(database, DEFER, all, (some) => [int8Array(some.map(due))]);
  },

  async reject(database, all) {
    const buried = new Set(await move(database, BURY, all, () => []));
    const rest = all.filter(({ receipt }) => !buried.has(receipt));
    const dropped = await found(rest, (some, by) =>
      gone(database, DONE.only[by], receiptColumns(some.map((each) => each.at)), some.length),
    );
    return [...buried, ...dropped.map(({ receipt }) => receipt)];
  },
};

/** A message that went back, or is parked until it is due. */
interface Moved {
  readonly n: number;
  readonly queue: number;
  readonly due: number | null;
}

async function move(
  database: Session,
  how: Readonly<Record<By, Statement>>,
  all: readonly Prepared[],
  more: (some: readonly Prepared[]) => Buffer[],
): Promise<readonly string[]> {
  const moved: Moved[] = [];
  const held = await found(all, async (some, by) => {
    const values = [...receiptColumns(some.map((each) => each.at)), ...more(some)];
    const rows = await database.run<Moved>(how[by], values);
    moved.push(...rows);
    return rows;
  });
  // A consumer looks after what is parked when it is told when that is due, its own as well.
  const ids = new Map(moved.map(({ queue }) => [String(queue), queue]));
  announce(
    database,
    moved.map(({ queue, due }) => ({ queue: String(queue), due: due ?? 0 })),
    ids,
    0,
  );
  return held.map(({ receipt }) => receipt);
}

/** Those that a statement found, at their places or else by their lease. Most times all, by their places. */
async function found(
  all: readonly Prepared[],
  run: (some: readonly Prepared[], by: By) => Promise<readonly Found[]>,
): Promise<readonly Prepared[]> {
  if (all.length === 0) return all;
  const inPlace = await run(all, 'place');
  if (inPlace.length === all.length) return all;
  const held = inPlace.map(({ n }) => all[n - 1]!);
  const there = new Set(held);
  const moved = all.filter((each) => !there.has(each));
  for (const { n } of await run(moved, 'lease')) held.push(moved[n - 1]!);
  return held;
}

function prepare({ settlement, at }: Held): Prepared {
  const { receipt } = settlement.delivery;
  const { records = NONE, followUps = NONE } = settlement.kind === 'done' ? settlement : NOTHING;
  return {
    receipt,
    at,
    settlement,
    records: records.length > 0 ? records.map(toRecordRow) : NONE,
    followUps: followUps.length > 0 ? followUps.map(toRow) : NONE,
  };
}
