import { int2Array, int4Array, int8Array } from '../database/arrays.ts';
import type { Session } from '../database/session.ts';
import { NOW_MS, statement } from '../database/statement.ts';
import { RememberingHeads } from './heads.ts';
import { RANKS } from './rows.ts';
import type { Heads, TakenRow } from './tables.ts';

/** More than `lost` counts. */
const LOST = 32_768;

/**
 * The head of each queue and rank, in the order asked, from where the last claim ended; taken only if the lease is alive.
 * The rows come lazily: no more are locked than are taken.
 */
const TAKE = statement(
  'take',
  `with next as materialized (
    select head.place from unnest($1::int4[], $2::int2[], $3::int8[]) as look(queue, rank, after), lateral (
      select ctid as place from lovage.messages
      where queue = look.queue and rank = look.rank and id > look.after and lease is null and due is null
      order by id limit $4 for update skip locked
    ) as head
    limit $4
  ), held as (
    update lovage.consumers set until = greatest(until, ${NOW_MS} + $6::int8)
    where id = $5 and exists (select from next) returning id
  ), taken as (
    update lovage.messages m set lease = held.id from next, held where m.ctid = next.place
    returning m.ctid::text as place, m.id, m.envelope, m.body,
      ((m.queue::int8 * ${RANKS.length} + m.rank) * ${LOST} + m.lost) * 2 + m.redelivered::int as facts
  )
  select taken.*,
    case when place is null then exists (select from next) and not exists (select from held) end as leaseless
  from (values (1)) as one left join taken on true`,
);

/** What a row says in small numbers is one number here: each column more costs the client as much as another. */
interface AnswerRow {
  readonly place: string | null;
  readonly id: number;
  readonly facts: number;
  readonly envelope: string;
  readonly body: Uint8Array;
  /** Where nothing was taken: whether there was something. */
  readonly leaseless: boolean | null;
}

/** A row of `messages`. */
export interface OwnRow extends TakenRow {
  readonly rank: number;
  readonly lost: number;
  readonly redelivered: boolean;
  readonly envelope: string;
  readonly body: Uint8Array;
}

/** Claims the heads of queues, by rank. */
export const ownHeads = (database: Session): Heads<OwnRow> =>
  new RememberingHeads(async ({ queues, max, lease, leaseMs, ends }) => {
    const looks = queues.flatMap((queue) => RANKS.map((rank) => ({ queue, rank })));
    const answer = await database.run<AnswerRow>(TAKE, [
      int4Array(looks.map((look) => look.queue)),
      int2Array(looks.map((look) => look.rank)),
      int8Array(looks.map((look) => ends.of(key(look)))),
      max,
      lease,
      leaseMs,
    ]);
    if (answer[0]!.place === null) return { rows: [], leaseless: answer[0]!.leaseless === true };
    const rows = answer.map(toTaken);
    for (const row of rows) ends.reached(key(row), row.id);
    const place = new Map(queues.map((queue, i) => [queue, i]));
    rows.sort((a, b) => place.get(a.queue)! - place.get(b.queue)! || b.rank - a.rank || a.id - b.id);
    return { rows, leaseless: false };
  });

function toTaken({ place, id, facts, envelope, body }: AnswerRow): OwnRow {
  const above = Math.floor(facts / 2);
  const queueAndRank = Math.floor(above / LOST);
  const queue = Math.floor(queueAndRank / RANKS.length);
  return {
    place: place!,
    id,
    queue,
    rank: queueAndRank - queue * RANKS.length,
    lost: above - queueAndRank * LOST,
    redelivered: facts % 2 === 1,
    envelope,
    body,
  };
}

function key({ queue, rank }: { readonly queue: number; readonly rank: number }): number {
  return queue * 10 + rank;
}
