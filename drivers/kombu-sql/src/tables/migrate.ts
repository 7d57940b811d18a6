import { DriverError, type SchemaVersions } from '@lovage/contracts';
import { besideOthers, type Database } from '@lovage/postgres/kit';
import { migrations } from './001.ts';
import { kombuSchema, readyIndex } from './kombu.ts';
import { type Names, renamer } from './names.ts';

/** How long a step may take, and how long others wait for it, in ms: an index of a large table is among them. */
const LIMIT_MS = 600_000;

/**
 * Tables are made in the first schema of the search path, which is that of the user's name if there is one. Should ours
 * be called so, it comes last for now: Python, as another user, would not look there.
 */
const ELSEWHERE = (schema: string) =>
  `select set_config('search_path', string_agg(format('%I', name), ', ' order by name = '${schema}', place), true)
    from unnest(current_schemas(false)) with ordinality as path(name, place)`;

/** What is there. */
interface State {
  readonly kombu: boolean;
  readonly index: boolean;
  /** An index is made by the owner of the table alone. */
  readonly owner: boolean;
  readonly version: number;
}

/**
 * Makes kombu's tables where Python has not made them yet, and ours beside them, in one transaction. Of many processes
 * that start at once, one does the work. Rejects with DriverError 'refused' for tables of a newer Lovage.
 */
export async function migrateKombu(
  database: Database,
  names: Names,
  steps: readonly string[] = migrations,
): Promise<SchemaVersions> {
  const rename = renamer(names);
  return database.withClient(async (client) => {
    const say = (text: string) =>
      client.query({ text: rename(text), query_timeout: LIMIT_MS } as { text: string });

    async function look(): Promise<State> {
      const { rows } = await say(
        `select to_regclass('kombu_queue') is not null and to_regclass('kombu_message') is not null as kombu,
          to_regclass('lovage_kombu_message_ready') is not null as index,
          coalesce((select pg_has_role(relowner, 'USAGE') from pg_class where oid = to_regclass('kombu_message')), true)
            as owner,
          to_regclass('lovage_kombu_message_migrations') is not null as ours`,
      );
      const { kombu, index, owner, ours } = rows[0] as Omit<State, 'version'> & { readonly ours: boolean };
      if (!ours) return { kombu, index, owner, version: 0 };
      const { rows: applied } = await say(
        'select coalesce(max(version), 0)::int as version from lovage_kombu_message_migrations',
      );
      return { kombu, index, owner, version: (applied[0] as { readonly version: number }).version };
    }
    const complete = ({ kombu, index, owner, version }: State): boolean =>
      kombu && (index || !owner) && version === steps.length;

    async function forward(from: number): Promise<void> {
      await say(`create table if not exists lovage_kombu_message_migrations (
        version int primary key, applied timestamptz not null default now())`);
      for (const [i, step] of steps.entries()) {
        if (i < from) continue;
        await say(step);
        await say(`insert into lovage_kombu_message_migrations (version) values (${i + 1})`);
      }
    }

    function refuseNewer({ version }: State): void {
      if (version <= steps.length) return;
      throw new DriverError(
        'refused',
        `${database.label}: the tables lovage_${names.message}_… were written by a newer Lovage (version ${version}; ` +
          `this one knows ${steps.length}): update @lovage/kombu-sql here`,
      );
    }

    const found = await look();
    refuseNewer(found);
    if (!found.index && !found.owner && found.kombu) {
      database.options.log(
        'warn',
        `${database.label}: ${names.message} belongs to another user, so claims go without an index of ours: ` +
          'run `lovage migrate-db` once as its owner',
      );
    }
    if (complete(found)) return { from: found.version, to: steps.length };

    return besideOthers(makeWhatIsMissing);

    async function makeWhatIsMissing(): Promise<SchemaVersions> {
      await say(`begin; set local statement_timeout = ${LIMIT_MS}; set local lock_timeout = 0`);
      try {
        // Ends with the transaction, so a pooler may stand in between.
        await say(`select pg_advisory_xact_lock(hashtextextended('lovage kombu_message', 0))`);
        await say(ELSEWHERE(database.options.schema));
        const state = await look();
        refuseNewer(state);
        if (!state.kombu) await say(kombuSchema);
        if (!state.index && state.owner) await say(readyIndex);
        if (state.version < steps.length) await forward(state.version);
        // What was held of tables that somebody has dropped: the numbers may begin anew.
        if (!state.kombu) {
          await say('delete from lovage_kombu_message_held; delete from lovage_kombu_message_dead_letters');
        }
        await say('commit');
        return { from: state.version, to: steps.length };
      } catch (error) {
        await say('rollback').catch(() => {});
        throw error;
      }
    }
  });
}
