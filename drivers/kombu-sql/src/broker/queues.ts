import { DriverError } from '@lovage/contracts';
import { type QueueStatements, Queues, repeatable, type Session } from '@lovage/postgres/kit';

/** What kombu's column takes. */
const LONGEST_NAME = 200;

const STATEMENTS: QueueStatements = {
  find: repeatable('kombu find queues', 'select id, name from kombu_queue where name = any($1::text[])'),
  add: repeatable(
    'kombu add queues',
    `insert into kombu_queue (id, name)
      select nextval('queue_id_sequence'), name from (select name from unnest($1::text[]) as t(name) order by name) as t
      on conflict (name) do nothing`,
  ),
  bury: repeatable(
    'kombu bury',
    `insert into lovage_kombu_message_dead_letters (queue, dead_letter)
      select q.id, dead.id from unnest($1::text[], $2::text[]) as t(name, dead_letter)
        join kombu_queue q on q.name = t.name join kombu_queue dead on dead.name = t.dead_letter
      on conflict (queue) do update set dead_letter = excluded.dead_letter`,
  ),
};

/** Numbers and names as in kombu's table, which gives each queue a row when it is first needed, and keeps it. */
export class KombuQueues extends Queues {
  constructor(database: Session) {
    super(database, STATEMENTS);
  }

  override async make(names: Iterable<string>): Promise<ReadonlyMap<string, number>> {
    const all = [...names];
    for (const name of all) refuseLongName(name);
    return super.make(all);
  }
}

/** @throws DriverError 'refused' */
export function refuseLongName(name: string): void {
  if ([...name].length <= LONGEST_NAME) return;
  throw new DriverError(
    'refused',
    `the queue ${name.slice(0, 40)}… has a name of ${[...name].length} characters: kombu's table takes ${LONGEST_NAME}`,
  );
}
