import type { OutgoingMessage } from '@lovage/contracts';
import { type Courier, courierOver, type Session } from '@lovage/postgres/kit';
import { type MessageRow, toRow } from './payload.ts';
import { columnsOf, INSERT } from './publish.ts';
import type { KombuQueues } from './queues.ts';
import { Sweeper } from './upkeep.ts';
import { TOPIC } from './wakes.ts';

/** Into kombu's tables, and ours beside them. What others have left is looked after on the way. */
export function kombuCourier(
  database: Session,
  queues: KombuQueues,
  sweeper = new Sweeper(database),
): Courier<MessageRow> {
  const courier = courierOver(database, queues, { insert: INSERT, topic: TOPIC, toRow, columns: columnsOf });
  let toldOfPriorities = false;

  function tellOfPriorities(messages: readonly OutgoingMessage[]): void {
    const urgent = messages.find(({ envelope }) => envelope.priority !== undefined);
    if (toldOfPriorities || !urgent) return;
    toldOfPriorities = true;
    database.options.log(
      'warn',
      `${database.label}: a message for ${urgent.queue} has a priority, which this broker carries but does not heed: ` +
        'send what is urgent to a queue of its own',
    );
  }

  return {
    pack(messages) {
      const rows = courier.pack(messages);
      tellOfPriorities(messages);
      return rows;
    },

    ready: (rows) => courier.ready(rows),

    async insert(run, rows) {
      const announce = await courier.insert(run, rows);
      return () => {
        announce();
        sweeper.sweep();
      };
    },

    finish: () => sweeper.finish(),
  };
}
