import {
  asTransaction,
  explain,
  int4Array,
  int8Array,
  type Session,
  statement,
  textArray,
} from '@lovage/postgres/kit';
import type { MessageRow } from './payload.ts';
import type { KombuQueues } from './queues.ts';
import { INSERTED } from './statements.ts';
import { TOPIC } from './wakes.ts';

export const INSERT = statement(
  'kombu insert',
  `with ${INSERTED('unnest($1::int4[], $2::int8[], $3::text[]) with ordinality as f(queue, due, payload, o)')}
  select count(*) from given`,
);

/** The rows as one JSON text, which every client can pass. Who waits is told by the same transaction. */
const INSERT_IN = statement(
  'kombu insert in a transaction',
  `with given_text as (
    select ($1::text)::json as given
  ), ${INSERTED(
    `(select m.queue, m.due, m.payload, m.o from given_text,
      json_to_recordset(given_text.given -> 'rows') as m(queue int4, due int8, payload text, o int4)) as f`,
  )}, news as (
    select queue, case when bool_or(due is null) then '' else '@' || min(due) end as due from given group by queue
  )
  select pg_notify((select given ->> 'channel' from given_text), string_agg(queue || due, ' '))::text as told from news`,
);

/** Columns of many rows: queue, due, payload. Null is not parked. */
export function columnsOf(
  rows: readonly MessageRow[],
  ids: ReadonlyMap<string, number>,
  now: number,
): Buffer[] {
  return [
    int4Array(rows.map((row) => ids.get(row.queue)!)),
    int8Array(rows.map((row) => (row.due > now ? row.due : null))),
    textArray(rows.map((row) => row.payload)),
  ];
}

/** Resolves once the rows are in a transaction of the caller's. Rejects with DriverError. */
export type PublishIn = (tx: unknown, rows: readonly MessageRow[]) => Promise<void>;

export function publisherIn(database: Session, queues: KombuQueues): PublishIn {
  return async (tx, rows) => {
    const transaction = asTransaction(tx);
    await database.open();
    // By a connection of ours: a queue stays, whatever becomes of the transaction.
    const ids = await queues.ofRows(rows);
    const now = Date.now();
    const given = {
      channel: database.channel(TOPIC),
      rows: rows.map(({ queue, due, payload }, o) => ({
        queue: ids.get(queue)!,
        due: due > now ? due : null,
        payload,
        o,
      })),
    };
    try {
      await transaction.query(database.text(INSERT_IN), [JSON.stringify(given)]);
    } catch (error) {
      throw explain(error, `${database.label}, in a transaction of yours`);
    }
  };
}
