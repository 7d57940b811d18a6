import type { ScheduleStore } from '@lovage/contracts';
import type { Session } from './database/session.ts';
import { repeatable, statement } from './database/statement.ts';

const REVISE = 'update lovage.schedule_revision set revision = revision + 1';

const LIST = repeatable(
  'list schedules',
  'select name, definition, enabled, last_run, runs from lovage.schedules order by name',
);
const PUT = repeatable(
  'put schedule',
  `with revised as (${REVISE})
  insert into lovage.schedules (name, definition, enabled) values ($1, $2, $3)
    on conflict (name) do update set definition = excluded.definition, enabled = excluded.enabled`,
);
const REMOVE = statement(
  'remove schedule',
  `with gone as (delete from lovage.schedules where name = $1 returning name),
    revised as (${REVISE} where exists (select from gone))
  select name from gone`,
);
const CLAIM = statement(
  'claim run',
  `update lovage.schedules set last_run = $3, runs = runs + 1
    where name = $1 and last_run is not distinct from $2::int8 returning name`,
);
const REVISION = repeatable('revision', 'select revision from lovage.schedule_revision');

interface ScheduleRow {
  readonly name: string;
  readonly definition: Uint8Array;
  readonly enabled: boolean;
  readonly last_run: number | null;
  readonly runs: number;
}

export function postgresSchedules(database: Session): ScheduleStore {
  return {
    async list() {
      const rows = await database.run<ScheduleRow>(LIST);
      return rows.map(({ name, definition, enabled, last_run, runs }) => ({
        name,
        definition,
        enabled,
        lastRun: last_run ?? undefined,
        runs,
      }));
    },

    async put({ name, definition, enabled }) {
      await database.run(PUT, [name, definition, enabled]);
    },

    remove: async (name) => (await database.run(REMOVE, [name])).length === 1,

    claimRun: async (name, previous, occurrence) =>
      (await database.run(CLAIM, [name, previous ?? null, occurrence])).length === 1,

    async revision() {
      const [row] = await database.run<{ readonly revision: number }>(REVISION);
      return String(row!.revision);
    },

    close: () => database.close(),
  };
}
