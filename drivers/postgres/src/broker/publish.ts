import type { Session } from '../database/session.ts';
import { sharing } from '../database/sharing.ts';
import { statement } from '../database/statement.ts';
import { type Courier, courierOver } from './courier.ts';
import type { Queues } from './queues.ts';
import { columnsOf, type MessageRow, toRow } from './rows.ts';
import { TOPIC } from './wakes.ts';

/** Rows of one transaction: a call with more is written in several, in order, so that others get a turn. */
const BATCH = 1000;
/** Calls in one transaction. */
const CALLS = 500;

export const INSERT = statement(
  'insert',
  `insert into lovage.messages (queue, rank, due, envelope, body)
    select queue, rank, due, envelope, body
    from unnest($1::int4[], $2::int2[], $3::int8[], $4::text[], $5::bytea[]) as m(queue, rank, due, envelope, body)`,
);

/** Into the tables that `migrations/` makes. */
export function ownCourier(database: Session, queues: Queues): Courier<MessageRow> {
  return courierOver(database, queues, { insert: INSERT, topic: TOPIC, toRow, columns: columnsOf });
}

/** Resolves once the rows are durable. Rows of one call are claimed in their order. */
export type Publish<Row> = (rows: readonly Row[]) => Promise<void>;

/** Publishes in transactions of its own, which calls at the same time share. */
export function publisher<Row>(database: Session, courier: Courier<Row>): Publish<Row> {
  const publish = sharing<readonly Row[], void>(
    async (calls) => {
      const rows = calls.length === 1 ? calls[0]! : calls.flat();
      await courier.ready(rows);
      const announce = await courier.insert(database.run, rows);
      announce();
      return calls.map(() => undefined);
    },
    { maxItems: CALLS, concurrency: 2 },
  );
  return async (rows) => {
    if (rows.length <= BATCH) return rows.length > 0 ? publish(rows) : undefined;
    for (let from = 0; from < rows.length; from += BATCH) await publish(rows.slice(from, from + BATCH));
  };
}
