import {
  type Heads,
  int4Array,
  int8Array,
  NOW_MS,
  type Session,
  statement,
  type Taken,
  type TakenRow,
} from '@lovage/postgres/kit';
import { FRESH, localTimestamp, NEXT_VERSION, RETURNED } from './statements.ts';

/** After this long, in ms, a claim looks from the very beginning. */
const FROM_THE_BEGINNING_MS = 250;

/**
 * kombu's claim for many at a time: rows of a queue that are visible, by time and number, locked, made invisible, with a
 * time and a new version. The lock keeps out a Python that claims at the same moment: it finds the row invisible; and
 * what Python has locked is passed over. Our lease is written beside, in the same statement, only if it is alive.
 *
 * What has a time was out already, and comes first; what has none, from where the last claim ended.
 */
const TAKE = statement(
  'kombu take',
  `with returned as materialized (
    select head.place from unnest($1::int4[]) as look(queue), lateral (
      select ctid as place ${RETURNED('look.queue')} limit $3 for update skip locked
    ) as head
    limit $3
  ), fresh as materialized (
    select head.place from unnest($1::int4[], $2::int8[]) as look(queue, after), lateral (
      select ctid as place ${FRESH('look.queue', 'look.after')} limit $3 - (select count(*) from returned)
      for update skip locked
    ) as head
    limit $3 - (select count(*) from returned)
  ), next as materialized (
    select place, fresh, row_number() over () as n
    from (select place, false as fresh from returned union all select place, true from fresh) as both_kinds
  ), lease as (
    update lovage_kombu_message_leases set until = greatest(until, ${NOW_MS} + $5::int8)
    where id = $4 and exists (select from next) returning id
  ), taken as (
    update kombu_message m set visible = false, "timestamp" = $6::timestamp, version = ${NEXT_VERSION}
    from next, lease where m.ctid = next.place
    returning m.id, m.queue_id as queue, m.payload, next.fresh, next.n
  ), held as (
    insert into lovage_kombu_message_held (message, queue, lease) select taken.id, taken.queue, lease.id from taken, lease
    on conflict (message) do update set queue = excluded.queue, lease = excluded.lease, due = null
  )
  select exists (select from next) as found, (select id from lease) as lease, taken.*
  from (values (1)) as one left join taken on true order by taken.n`,
);

/** A row of `kombu_message`. */
export interface KombuRow extends TakenRow {
  readonly payload: string;
}

interface AnswerRow {
  readonly found: boolean;
  readonly lease: number | null;
  readonly id: number | null;
  readonly queue: number;
  readonly payload: string;
  readonly fresh: boolean;
}

/**
 * Claims the heads of queues, and remembers where it ended: until a vacuum comes, what was settled stays in the index,
 * in front. What comes in front after all is found by a look from the beginning, now and then, or when nothing else is
 * left.
 */
export class KombuHeads implements Heads<KombuRow> {
  readonly #database: Session;
  readonly #after = new Map<number, number>();
  #rewoundAt = 0;
  #turn = 0;

  constructor(database: Session) {
    this.#database = database;
  }

  rewind(): void {
    this.#after.clear();
    this.#rewoundAt = Date.now();
  }

  async take(
    queues: readonly number[],
    max: number,
    lease: number,
    leaseMs: number,
  ): Promise<Taken<KombuRow>> {
    if (Date.now() - this.#rewoundAt >= FROM_THE_BEGINNING_MS) this.rewind();
    const fromBeginning = this.#after.size === 0;
    // Each claim begins with another queue: a long one must not starve the next.
    this.#turn += 1;
    const first = this.#turn % queues.length;
    const order = [...queues.slice(first), ...queues.slice(0, first)];
    const answer = await this.#database.run<AnswerRow>(TAKE, [
      int4Array(order),
      int8Array(order.map((queue) => this.#after.get(queue) ?? 0)),
      max,
      lease,
      leaseMs,
      localTimestamp(new Date()),
    ]);
    const rows = answer.filter((row): row is AnswerRow & { readonly id: number } => row.id !== null);
    if (rows.length > 0) {
      for (const { fresh, queue, id } of rows) {
        if (fresh) this.#after.set(queue, Math.max(this.#after.get(queue) ?? 0, id));
      }
      return {
        rows: rows.map(({ id, queue, payload }) => ({ id, queue, payload, place: '' })),
        leaseless: false,
      };
    }
    if (answer[0]!.found && answer[0]!.lease === null) return { rows: [], leaseless: true };
    if (fromBeginning) return { rows: [], leaseless: false };
    this.rewind();
    return this.take(queues, max, lease, leaseMs);
  }
}
