import type { SchemaVersions } from '@lovage/contracts';
import { besideOthers, type Database, inSchema } from '@lovage/postgres/kit';
import type { Needed } from '../python-database.ts';
import { TASKS } from './tables.ts';

/**
 * What Django's tables have no place for, one row for each entry that was looked at. `since` is from when its due times
 * count. `times` and `definition` are hashes of what it was when somebody looked last: of when it runs, and of all that
 * it is; and `ran`, whether it had a last run, which Django takes from entries that it disables. So changes are seen of
 * which Django's tables tell nobody. `spent` is the count of runs with which we disabled it after its only run.
 */
const CREATE = `create table lovage.django_entries (
  id         int8    primary key,
  since      int8    not null,
  times      int8,
  definition int8,
  ran        boolean not null,
  last_sent  int8,
  spent      int4    not null default 0,
  version    int8    not null default 1
)`;

/** Makes the table, after the other ones of ours, where Django has its own. Rejects with DriverError. */
export async function migrateEntries(database: Database): Promise<SchemaVersions> {
  const inTables = (text: string) => inSchema(text, database.options.schema);
  return database.withClient((client) =>
    besideOthers(async () => {
      const { rows } = await client.query<{ readonly done: boolean }>(
        `select to_regclass('${inTables('lovage.django_entries')}') is not null or to_regclass('${TASKS}') is null as done`,
      );
      if (rows[0]!.done) return { from: 1, to: 1 };
      await client.query(inTables(CREATE));
      return { from: 0, to: 1 };
    }),
  );
}

/** For who needs it, and may have found our other tables before Django's were there. */
export const entriesTable: Needed = {
  async prepare(database) {
    await migrateEntries(database);
  },
};
