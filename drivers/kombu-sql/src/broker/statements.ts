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

/** As Python writes `datetime.now()` into a column without time zone: local time. */
export function localTimestamp(now: Date): string {
  const two = (value: number, width = 2) => String(value).padStart(width, '0');
  const day = `${two(now.getFullYear(), 4)}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
  const time = `${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())}`;
  return `${day} ${time}.${two(now.getMilliseconds(), 3)}`;
}
