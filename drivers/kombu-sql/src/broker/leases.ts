import { type Leases, NOW_MS, repeatable, type Session, statement } from '@lovage/postgres/kit';
import { giveBackLeases } from './give-back.ts';
import { NEXT_VERSION } from './statements.ts';

/*
 * A lease is a row of `lovage_kombu_message_leases`, and every message that we have claimed points at one. Whoever finds
 * a lapsed lease deletes the row and gives its messages back, in one transaction; its number is never used again. Each
 * claim writes the row as well, in its own transaction: so a lease cannot end under it.
 */

const OPEN = statement(
  'kombu open lease',
  `insert into lovage_kombu_message_leases (name, until) values ($1, ${NOW_MS} + $2::int8) returning id`,
);
const EXTEND = repeatable(
  'kombu extend leases',
  `update lovage_kombu_message_leases set until = greatest(until, ${NOW_MS} + $2::int8)
    where id = any($1::int4[]) returning id`,
);
const END = repeatable(
  'kombu end leases',
  'delete from lovage_kombu_message_leases where id = any($1::int4[]) returning id',
);
const END_LAPSED = repeatable(
  'kombu end lapsed leases',
  `delete from lovage_kombu_message_leases where until <= ${NOW_MS} returning id, name`,
);
/** Nobody has seen them: they go back as they were. */
const FREE = repeatable(
  'kombu free',
  `with unknown as (
    delete from lovage_kombu_message_held where lease = $1 and message <> all($2::int4[]) returning message
  )
  update kombu_message m set visible = true, version = ${NEXT_VERSION}
  where id = any (array(select message from unknown)) returning m.queue_id as queue`,
);

export function kombuLeases(database: Session): Leases {
  return {
    async open(consumer, leaseMs) {
      const [row] = await database.run<{ readonly id: number }>(OPEN, [consumer, leaseMs]);
      return row!.id;
    },

    async extend(leases, leaseMs) {
      const rows = await database.run<{ readonly id: number }>(EXTEND, [[...leases], leaseMs]);
      return new Set(rows.map((row) => row.id));
    },

    async end(leases) {
      const { queues } = await database.transaction(async (run) => {
        const rows = await run<{ readonly id: number }>(END, [[...leases]]);
        return giveBackLeases(
          run,
          rows.map((row) => row.id),
          false,
        );
      });
      return queues;
    },

    async free(lease, known) {
      const rows = await database.run<{ readonly queue: number }>(FREE, [lease, known]);
      return rows.map((row) => row.queue);
    },
  };
}

/** Ends every lease that has run out; its messages count as lost once more. Answers the queues that they went to. */
export async function endLapsed(database: Session): Promise<readonly number[]> {
  const { over, held, queues } = await database.transaction(async (run) => {
    const leases = await run<{ readonly id: number; readonly name: string }>(END_LAPSED);
    const back = await giveBackLeases(
      run,
      leases.map(({ id }) => id),
      true,
    );
    return { over: leases, ...back };
  });
  for (const { id, name } of over) {
    const count = held.filter(({ lease }) => lease === id).length;
    if (count > 0) {
      database.options.log('warn', `consumer ${name} fell silent: gave back its ${count} messages`);
    }
  }
  return queues;
}
