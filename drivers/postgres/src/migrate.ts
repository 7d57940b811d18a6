import { DriverError, type SchemaVersions } from '@lovage/contracts';
import type { Database } from './database/database.ts';
import { inSchema } from './database/statement.ts';
import { sqlState } from './errors.ts';
import { migrations } from './migrations/index.ts';

/** How long a step may take, and how long others wait for it, in ms. */
const LIMIT_MS = 600_000;
const UNDEFINED_TABLE = '42P01';
const UNDEFINED_SCHEMA = '3F000';

/**
 * Brings the schema to the newest version, in one transaction. Of many processes that start at once, one does the
 * work; the others wait and find it done. Rejects with DriverError 'refused' for a schema of a newer Lovage.
 */
export async function migrate(
  database: Database,
  steps: readonly string[] = migrations,
): Promise<SchemaVersions> {
  const { schema } = database.options;
  const inTables = (text: string) => inSchema(text, schema);
  return database.withClient(async (client) => {
    const say = (text: string) => client.query({ text, query_timeout: LIMIT_MS } as { text: string });
    const versionOf = async (): Promise<number> => {
      const { rows } = await say(
        inTables('select coalesce(max(version), 0)::int as version from lovage.migrations'),
      );
      const { version } = rows[0] as { readonly version: number };
      if (version <= steps.length) return version;
      throw new DriverError(
        'refused',
        `${database.label}: schema ${schema} was written by a newer Lovage (version ${version}; this one knows ` +
          `${steps.length}): update @lovage/postgres here, or name another schema`,
      );
    };
    const found = await versionOf().catch((error: unknown) => {
      if (sqlState(error) === UNDEFINED_TABLE || sqlState(error) === UNDEFINED_SCHEMA) return undefined;
      throw error;
    });
    if (found === steps.length) return { from: found, to: found };

    await say(`begin; set local statement_timeout = ${LIMIT_MS}; set local lock_timeout = 0`);
    try {
      // Ends with the transaction, so a pooler may stand in between.
      await say(`select pg_advisory_xact_lock(hashtextextended('lovage ${schema}', 0))`);
      // Asked first: to make it, one needs a right on the database, even if it is there. And of the table itself:
      // a function may answer what this connection remembers from before it waited.
      const { rows } = await say(
        `select exists (select from pg_namespace where nspname = '${schema}') as there`,
      );
      if (rows[0]?.there !== true) await say(`create schema ${schema}`);
      await say(
        inTables(`create table if not exists lovage.migrations (
          version int primary key, applied timestamptz not null default now())`),
      );
      const from = await versionOf();
      for (const [i, step] of steps.entries()) {
        if (i < from) continue;
        await say(inTables(step));
        await say(inTables(`insert into lovage.migrations (version) values (${i + 1})`));
      }
      await say('commit');
      return { from, to: steps.length };
    } catch (error) {
      await say('rollback').catch(() => {});
      throw error;
    }
  });
}
