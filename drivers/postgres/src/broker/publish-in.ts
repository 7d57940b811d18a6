import type { Session } from '../database/session.ts';
import { statement } from '../database/statement.ts';
import { explain } from '../errors.ts';
import { asTransaction } from '../tx.ts';
import type { Queues } from './queues.ts';
import type { MessageRow } from './rows.ts';
import { TOPIC } from './wakes.ts';

/**
 * The rows as one JSON text, which every client can pass. Who waits is told by the same transaction: when it will
 * commit, and whether, nobody here knows.
 */
const INSERT = statement(
  'insert in a transaction',
  `with given as (
    select ($1::text)::json as given
  ), sent as (
    insert into lovage.messages (queue, rank, due, envelope, body)
    select m.queue, m.rank, m.due, m.envelope, decode(m.body, 'base64')
    from given, json_to_recordset(given.given -> 'rows') as m(queue int4, rank int2, due int8, envelope text, body text)
    returning queue, due
  ), news as (
    select queue, case when bool_or(due is null) then '' else '@' || min(due) end as due from sent group by queue
  )
  select pg_notify((select given ->> 'channel' from given), string_agg(queue || due, ' '))::text as told from news`,
);

/** Resolves once the rows are in the transaction. Rejects with DriverError. */
export type PublishIn = (tx: unknown, rows: readonly MessageRow[]) => Promise<void>;

export function publisherIn(database: Session, queues: Queues): PublishIn {
  return async (tx, rows) => {
    const transaction = asTransaction(tx);
    await database.open();
    // By a connection of ours: a queue stays, whatever becomes of the transaction.
    const ids = await queues.ofRows(rows);
    const now = Date.now();
    const given = {
      channel: database.channel(TOPIC),
      rows: rows.map(({ queue, rank, due, envelope, body }) => ({
        queue: ids.get(queue)!,
        rank,
        due: due > now ? due : null,
        envelope,
        body: Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('base64'),
      })),
    };
    try {
      await transaction.query(database.text(INSERT), [JSON.stringify(given)]);
    } catch (error) {
      throw explain(error, `${database.label}, in a transaction of yours`);
    }
  };
}
