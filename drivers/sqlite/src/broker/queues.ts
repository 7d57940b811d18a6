import type { QueueDepth, QueueSpec } from '@lovage/contracts';
import type { Session } from '../session.ts';
import type { MessageRow } from './rows.ts';

/** Parked messages made ready by one claim, per queue: what is due at once must not make one transaction long. */
const PROMOTE_BATCH = 1000;

/** Payloads kept by one statement, where there are so many; beyond this it gains nothing. */
const KEEP_TOGETHER = 20;
const KEEP: Readonly<Record<number, string>> = Object.fromEntries(
  [1, KEEP_TOGETHER].map((size) => [
    size,
    `insert into messages (envelope, body) values ${Array(size).fill('(?, ?)').join(', ')}`,
  ]),
);

/** Inside a transaction. Neighbours that go to one place, as all of a bulk call do, are put there by one statement. */
export function insert(database: Session, rows: readonly MessageRow[], now: number): void {
  if (rows.length === 0) return;
  const id = keep(database, rows);
  let from = 0;
  for (let to = 1; to <= rows.length; to += 1) {
    if (to < rows.length && goTogether(rows[from]!, rows[to]!)) continue;
    put(database, rows[from]!, [id + from, id + to - 1], now);
    from = to;
  }
  database.touch('messages');
}

/** Answers the id of the first; the others' follow without a gap. */
function keep(database: Session, rows: readonly MessageRow[]): number {
  let last = 0;
  for (let at = 0; at < rows.length; ) {
    const size = rows.length - at < KEEP_TOGETHER ? 1 : KEEP_TOGETHER;
    const columns: (string | Uint8Array)[] = [];
    for (const end = at + size; at < end; at += 1) columns.push(rows[at]!.envelope, rows[at]!.body);
    last = Number(database.statement(KEEP[size]!).run(...columns).lastInsertRowid);
  }
  return last - rows.length + 1;
}

const goTogether = (one: MessageRow, other: MessageRow): boolean =>
  one.due === other.due && one.rank === other.rank && one.queue === other.queue;

function put(
  database: Session,
  { queue, rank, due }: MessageRow,
  [first, last]: readonly [number, number],
  now: number,
): void {
  if (due > now) {
    database
      .statement(`insert into parked (queue, due, id, rank)
        select ?, ?, id, ? from messages where id between ? and ?`)
      .run(queue, due, rank, first, last);
  } else {
    database
      .statement('insert into ready (queue, rank, id) select ?, ?, id from messages where id between ? and ?')
      .run(queue, rank, first, last);
  }
}

/** Inside a transaction: the parked messages of `queue` that are due become ready, the longest due first. */
export function promote(database: Session, queue: string, now: number): void {
  if ((nextDue(database, queue) ?? Number.POSITIVE_INFINITY) > now) return;
  database
    .statement(`insert into ready (queue, rank, id) select queue, rank, id from parked
      where queue = ?1 and due <= ?2 order by due, id limit ${PROMOTE_BATCH}`)
    .run(queue, now);
  database
    .statement(`delete from parked where (queue, due, id) in (select queue, due, id from parked
      where queue = ?1 and due <= ?2 order by due, id limit ${PROMOTE_BATCH})`)
    .run(queue, now);
  database.touch('messages');
}

/** Epoch ms when the first parked message of `queue` is due. */
export function nextDue(database: Session, queue: string): number | undefined {
  const row = database.statement('select min(due) as due from parked where queue = ?').get(queue);
  return (row?.['due'] as number | null | undefined) ?? undefined;
}

/** Inside a transaction. A queue keeps its dead-letter queue when declared again without. */
export function declare(database: Session, queue: QueueSpec): void {
  database
    .statement(`insert into queues (name, dead_letter) values (?, ?) on conflict (name)
      do update set dead_letter = coalesce(excluded.dead_letter, dead_letter)`)
    .run(queue.name, queue.deadLetter ?? null);
}

/** A parked message that is due counts as ready, whether or not a claim has moved it yet. */
export function depth(database: Session, queue: string, now: number): QueueDepth {
  const row = database
    .statement(`select
      (select count(*) from ready where queue = ?1)
        + (select count(*) from parked where queue = ?1 and due <= ?2) as ready,
      (select count(*) from parked where queue = ?1 and due > ?2) as delayed,
      (select count(*) from claimed where queue = ?1) as claimed`)
    .get(queue, now)!;
  return {
    queue,
    ready: row['ready'] as number,
    delayed: row['delayed'] as number,
    claimed: row['claimed'] as number,
  };
}
