import {
  announce,
  asTransaction,
  explain,
  int4Array,
  int8Array,
  type Session,
  sharing,
  statement,
  textArray,
} from '@lovage/postgres/kit';
import type { MessageRow } from './payload.ts';
import type { KombuQueues } from './queues.ts';
import { INSERTED } from './statements.ts';
import { TOPIC } from './wakes.ts';

/** Rows of one transaction: a call with more is written in several, in order, so that others get a turn. */
const BATCH = 1000;
/** Calls in one transaction. */
const CALLS = 500;

const INSERT = statement(
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

/** Resolves once the rows are durable. Rows of one call are claimed in their order. */
export type Publish = (rows: readonly MessageRow[]) => Promise<void>;

export function publisher(database: Session, queues: KombuQueues): Publish {
  const publish = sharing<readonly MessageRow[], void>(
    async (calls) => {
      const rows = calls.length === 1 ? calls[0]! : calls.flat();
      const ids = await queues.ofRows(rows);
      const now = Date.now();
      await database.run(INSERT, columnsOf(rows, ids, now));
      announce(database, rows, ids, now, TOPIC);
      return calls.map(() => undefined);
    },
    { maxItems: CALLS, concurrency: 2 },
  );
  return async (rows) => {
    if (rows.length <= BATCH) return rows.length > 0 ? publish(rows) : undefined;
    for (let from = 0; from < rows.length; from += BATCH) await publish(rows.slice(from, from + BATCH));
  };
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
