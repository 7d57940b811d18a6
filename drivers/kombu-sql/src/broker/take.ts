import {
  type Heads,
  int4Array,
  int8Array,
  NOW_MS,
  RememberingHeads,
  type Session,
  statement,
  type TakenRow,
} from '@lovage/postgres/kit';
import { FRESH, localTimestamp, NEXT_VERSION, RETURNED } from './statements.ts';

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

/** Claims the heads of queues. */
export const kombuHeads = (database: Session): Heads<KombuRow> =>
  new RememberingHeads(async ({ queues, max, lease, leaseMs, ends }) => {
    const answer = await database.run<AnswerRow>(TAKE, [
      int4Array(queues),
      int8Array(queues.map((queue) => ends.of(queue))),
      max,
      lease,
      leaseMs,
      localTimestamp(new Date()),
    ]);
    const found = answer.filter((row): row is AnswerRow & { readonly id: number } => row.id !== null);
    if (found.length === 0) {
      return { rows: [], leaseless: answer[0]!.found && answer[0]!.lease === null };
    }
    for (const { fresh, queue, id } of found) if (fresh) ends.reached(queue, id);
    return {
      rows: found.map(({ id, queue, payload }) => ({ id, queue, payload, place: '' })),
      leaseless: false,
    };
  });
