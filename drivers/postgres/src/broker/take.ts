import { int2Array, int4Array, int8Array } from '../database/arrays.ts';
import type { Session } from '../database/session.ts';
import { NOW_MS, statement } from '../database/statement.ts';
import { RANKS } from './rows.ts';
import type { Heads, Taken, TakenRow } from './tables.ts';

/** After this long, in ms, a claim looks from the very beginning. */
const FROM_THE_BEGINNING_MS = 250;

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

/**
 * Claims the heads of queues, and remembers where it ended: until a vacuum comes, what was settled stays in the index,
 * in front, and a claim that began there would walk over all of it each time. What comes in front after all (given
 * back, fallen due, committed late) is found by a look from the beginning, now and then, or when nothing else is left.
 */
export class OwnHeads implements Heads<OwnRow> {
  readonly #database: Session;
  readonly #after = new Map<number, number>();
  #rewoundAt = 0;
  #turn = 0;

  constructor(database: Session) {
    this.#database = database;
  }

  /** Something came in front. */
  rewind(): void {
    this.#after.clear();
    this.#rewoundAt = Date.now();
  }

  async take(queues: readonly number[], max: number, lease: number, leaseMs: number): Promise<Taken<OwnRow>> {
    if (Date.now() - this.#rewoundAt >= FROM_THE_BEGINNING_MS) this.rewind();
    const fromBeginning = this.#after.size === 0;
    // Each claim begins with another queue: a long one must not starve the next.
    this.#turn += 1;
    const first = this.#turn % queues.length;
    const order = [...queues.slice(first), ...queues.slice(0, first)];
    const looks = order.flatMap((queue) => RANKS.map((rank) => ({ queue, rank })));
    const answer = await this.#database.run<AnswerRow>(TAKE, [
      int4Array(looks.map((look) => look.queue)),
      int2Array(looks.map((look) => look.rank)),
      int8Array(looks.map((look) => this.#after.get(key(look)) ?? 0)),
      max,
      lease,
      leaseMs,
    ]);
    const rows = answer[0]!.place === null ? [] : answer.map(toTaken);
    if (rows.length > 0) {
      this.#remember(rows);
      const place = new Map(order.map((queue, i) => [queue, i]));
      rows.sort((a, b) => place.get(a.queue)! - place.get(b.queue)! || b.rank - a.rank || a.id - b.id);
      return { rows, leaseless: false };
    }
    if (answer[0]!.leaseless) return { rows, leaseless: true };
    if (fromBeginning) return { rows, leaseless: false };
    this.rewind();
    return this.take(queues, max, lease, leaseMs);
  }

  #remember(rows: readonly OwnRow[]): void {
    for (const row of rows) {
      const look = key(row);
      if (row.id > (this.#after.get(look) ?? 0)) this.#after.set(look, row.id);
    }
  }
}

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
