import { migrateDatabase } from '@lovage/kysely';
import { type Kysely, sql } from 'kysely';
import type { SentStore } from './store.ts';
import { MIGRATIONS, type SentTables } from './tables.ts';

/** How many rows one statement forgets: a long one would keep writers waiting. */
const BATCH = 1_000;

/**
 * Keeps it in the table `lovage_mail_sent` of an application's database, SQLite or PostgreSQL, which is made when it is first needed.
 * @param opened by `openDatabase` of `@lovage/kysely`; its schema need not name our table
 */
export function sqlSentStore<Schema>(opened: Kysely<Schema>): SentStore {
  const db = opened as unknown as Kysely<SentTables>;
  let migrated: Promise<void> | undefined;
  async function ready(): Promise<Kysely<SentTables>> {
    migrated ??= migrateDatabase(db, { name: 'lovage_mail', migrations: MIGRATIONS }).catch(
      (error: unknown) => {
        migrated = undefined; // The next call may fare better.
        throw error;
      },
    );
    await migrated;
    return db;
  }
  const now = (): string => new Date().toISOString();

  return {
    async begin(key, addresses) {
      const rows = addresses.map((address) => ({
        key,
        address,
        state: 'sending' as const,
        reason: null,
        tries: 1,
        repeats: 0,
        noted_at: now(),
      }));
      // One statement: the states before it decide, whoever else begins at this moment.
      const told = await (await ready())
        .insertInto('lovage_mail_sent')
        .values(rows)
        .onConflict((conflict) =>
          conflict.columns(['key', 'address']).doUpdateSet({
            state: sql`case when lovage_mail_sent.state in ('sent', 'refused') then lovage_mail_sent.state else 'sending' end`,
            repeats: sql`lovage_mail_sent.repeats + case when lovage_mail_sent.state = 'sending' then 1 else 0 end`,
            tries: sql`case when lovage_mail_sent.state in ('sent', 'refused') then 0 else 1 end + lovage_mail_sent.tries`,
            // Tells this try whether the one before it left its end open; `end` writes over it.
            reason: sql`case when lovage_mail_sent.state = 'sending' then 'uncertain' when lovage_mail_sent.state = 'waiting' then null else lovage_mail_sent.reason end`,
            noted_at: now(),
          }),
        )
        .returning(['address', 'state', 'reason'])
        .execute();
      return told.map(({ address, state, reason }) => {
        const open = state === 'sending';
        return {
          address,
          state: open ? ('open' as const) : (state as 'sent' | 'refused'),
          reason: open ? null : reason,
          uncertain: open && reason === 'uncertain',
        };
      });
    },
    async end(key, endings) {
      const open = await ready();
      await open.transaction().execute(async (tx) => {
        for (const { address, state, reason } of endings) {
          await tx
            .updateTable('lovage_mail_sent')
            .set({ state, reason: reason ?? null, noted_at: now() })
            .where('key', '=', key)
            .where('address', '=', address)
            .execute();
        }
      });
    },
    async repeats() {
      const row = await (await ready())
        .selectFrom('lovage_mail_sent')
        .select(({ fn }) => fn.sum<number | string | null>('repeats').as('all'))
        .executeTakeFirst();
      return Number(row?.all ?? 0);
    },
    async forget(before) {
      const open = await ready();
      for (let forgotten = 0; ; ) {
        const { numDeletedRows } = await open
          .deleteFrom('lovage_mail_sent')
          .where(({ eb, refTuple, selectFrom }) =>
            eb(
              refTuple('key', 'address'),
              'in',
              selectFrom('lovage_mail_sent')
                .select(['key', 'address'])
                .where('noted_at', '<', before.toISOString())
                .limit(BATCH)
                .$asTuple('key', 'address'),
            ),
          )
          .executeTakeFirst();
        forgotten += Number(numDeletedRows);
        if (numDeletedRows < BigInt(BATCH)) return forgotten;
      }
    },
  };
}
