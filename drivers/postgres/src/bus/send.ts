import type { BusChannel, BusMessage } from '@lovage/contracts';
import { boolArray, textArray } from '../database/arrays.ts';
import type { Session } from '../database/session.ts';
import { sharing } from '../database/sharing.ts';
import { NOW_MS, repeatable, statement } from '../database/statement.ts';
import { topicOf } from './channels.ts';
import { writeMessage } from './message.ts';

/** A payload may not reach 8,000 bytes. */
const PAYLOAD_MAX = 7900;
/** What no listener has read after this long, in ms, is gone: it was away, and there is no replay. */
const KEEP_MS = 60_000;
/** The most messages kept, however young. */
const KEEP_COUNT = 10_000;
/** How often a sender trims, in messages that it kept. */
const TRIM_EVERY = 500;

/** Stands in front of the number of a message that was too large to be told. */
export const KEPT = '#';

/** Most are told and nowhere kept; the table holds what is too large, and all while somebody has to look for it. */
const SEND = statement(
  'send',
  `with sent as materialized (
    select s.*, case when s.large or exists (select from lovage.bus_pollers where until > ${NOW_MS})
      then nextval('lovage.bus_numbers') end as seq
    from unnest($1::text[], $2::text[], $3::text[], $4::bool[]) with ordinality as s(told, channel, message, large, o)
  ), kept as (
    insert into lovage.bus (seq, sent, channel, message)
    select seq, ${NOW_MS}, channel, message from sent where seq is not null
  )
  select seq is not null as kept, pg_notify(told, case when large then '${KEPT}' || seq else message end)
  from sent order by o`,
);
const TRIM = repeatable(
  'trim bus',
  `delete from lovage.bus where sent <= ${NOW_MS} - ${KEEP_MS}
    or seq <= (select max(seq) from lovage.bus) - ${KEEP_COUNT}`,
);

interface Sending {
  readonly channel: BusChannel;
  readonly message: string;
}

/** Messages of one turn of the event loop go together, in order. */
export function busSender(database: Session): (channel: BusChannel, message: BusMessage) => Promise<void> {
  let untrimmed = TRIM_EVERY - 1; // The first of a process trims: most keep few.

  const send = sharing<Sending, void>(
    async (all) => {
      const rows = await database.run<{ readonly kept: boolean }>(SEND, [
        textArray(all.map(({ channel }) => database.channel(topicOf(channel)))),
        textArray(all.map(({ channel }) => channel)),
        textArray(all.map(({ message }) => message)),
        boolArray(all.map(({ message }) => Buffer.byteLength(message) > PAYLOAD_MAX)),
      ]);
      untrimmed += rows.filter(({ kept }) => kept).length;
      if (untrimmed >= TRIM_EVERY && rows.some(({ kept }) => kept)) {
        untrimmed = 0;
        await database.run(TRIM);
      }
      return all.map(() => undefined);
    },
    { maxItems: 500 },
  );
  return async (channel, message) => send({ channel, message: writeMessage(message) });
}
