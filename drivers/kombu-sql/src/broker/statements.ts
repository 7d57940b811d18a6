import { NUMBER, VISIBLE, WHEN } from '../tables/kombu.ts';

/** As SQLAlchemy counts versions of a row `m`, but past the end of its type, where it would fail for ever. */
export const NEXT_VERSION = 'case when m.version >= 32767 then 1 else m.version + 1 end';

/** The columns of kombu's table, in the order of kombu's own insert. */
export const COLUMNS = 'id, visible, "timestamp", payload, version, queue_id';

/**
 * Common tables that insert messages `f(queue, due, payload, o)` in the order of `o`: into kombu's table as kombu does,
 * and those that are not due invisibly, with their times in ours.
 */
export const INSERTED = (source: string): string => `given as materialized (
    select nextval('message_id_sequence')::int4 as id, f.queue, f.due, f.payload
    from (select f.queue, f.due, f.payload from ${source} order by f.o) as f
  ), sent as (
    insert into kombu_message (${COLUMNS}) select id, due is null, null, payload, 1, queue from given order by id
  ), parked as (
    insert into lovage_kombu_message_held (message, queue, due) select id, queue, due from given where due is not null
  )`;

/** Rows of a queue that were out and are back, and those that never were: where each begins, and in which order. */
export const RETURNED = (queue: string) =>
  `from kombu_message where queue_id = ${queue} and ${VISIBLE} and ${WHEN} < 'infinity' order by ${WHEN}, ${NUMBER}`;
export const FRESH = (queue: string, after: string) =>
  `from kombu_message where queue_id = ${queue} and ${VISIBLE} and ${WHEN} = 'infinity' and ${NUMBER} > ${after}
    order by ${NUMBER}`;

/**
 * The receipts in the first two parameters that are still held, as a common table `found`, each looked up by its number:
 * joins of kombu's and our tables are written so that there is no other way to do them.
 */
export const FOUND = `found as materialized (
    select r.n, h.place, h.message, h.queue
    from unnest($1::int4[], $2::int4[]) with ordinality as r(message, lease, n), lateral (
      select ctid as place, message, queue from lovage_kombu_message_held
      where message = r.message and lease + 0 = r.lease limit 1
    ) as h
  )`;

/** As Python writes `datetime.now()` into a column without time zone: local time. */
export function localTimestamp(now: Date): string {
  const two = (value: number, width = 2) => String(value).padStart(width, '0');
  const day = `${two(now.getFullYear(), 4)}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
  const time = `${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())}`;
  return `${day} ${time}.${two(now.getMilliseconds(), 3)}`;
}
