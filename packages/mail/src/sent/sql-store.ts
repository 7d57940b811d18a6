import { migrateDatabase } from '@lovage/kysely';
import { type Kysely, sql } from 'kysely';
import type { SentStore } from './store.ts';
import { MIGRATIONS, type SentTables } from './tables.ts';

/** How many rows one statement forgets: a long one would keep writers waiting. */
const BATCH = 1_000;

/** Between two looks for what is long past, in each process. */
const SWEEP_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** No try takes as long: what another began before that, and never ended, is not in its hands any more. */
const BUSY_MS = 90_000;
/** In `reason` while a try is under way: the one before it left its end open. */
const UNCERTAIN = 'uncertain';

export interface SqlSentStoreOptions {
  /** Forget mails of which nothing was heard for so many days, once an hour; 0: never. Default 30: no task is delivered again after that. */
  readonly keptDays?: number;
}

/**
 * Keeps it in the table `lovage_mail_sent` of an application's database, SQLite or PostgreSQL, which is made when it is first needed.
 * @param opened by `openDatabase` of `@lovage/kysely`; its schema need not name our table
 */
export function sqlSentStore<Schema>(
  opened: Kysely<Schema>,
  { keptDays = 30 }: SqlSentStoreOptions = {},
): SentStore {
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
  let swept = 0;
  /** A look that fails is not the mail's fault: the next hour has another. */
  async function sweep(): Promise<void> {
    if (keptDays === 0 || Date.now() - swept < SWEEP_MS) return;
    swept = Date.now();
    await store.forget(new Date(swept - keptDays * DAY_MS)).catch(() => {});
  }

  const store: SentStore = {
    async begin(key, addresses, owner) {
      await sweep();
      const now = new Date();
      const values = { key, owner, state: 'sending' as const, reason: null, tries: 1, repeats: 0 };
      const told = await (await ready())
        .insertInto('lovage_mail_sent')
        .values(addresses.map((address) => ({ ...values, address, noted_at: now.toISOString() })))
        .onConflict((conflict) => conflict.columns(['key', 'address']).doUpdateSet(nextTry(owner, now)))
        .returning(['address', 'state', 'reason', 'owner'])
        .execute();
      return told.map(({ address, state, reason, owner: whose }) => {
        if (state !== 'sending')
          return { address, state: state as 'sent' | 'refused', reason, uncertain: false };
        const busy = whose !== owner;
        return {
          address,
          state: busy ? 'busy' : 'open',
          reason: null,
          uncertain: !busy && reason === UNCERTAIN,
        };
      });
    },
    async end(key, endings) {
      const open = await ready();
      await open.transaction().execute(async (tx) => {
        for (const { address, state, reason } of endings) {
          await tx
            .updateTable('lovage_mail_sent')
            .set({ state, reason: reason ?? null, noted_at: new Date().toISOString() })
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
  return store;
}

/** What a row is when a try begins on it. One statement for all: the row as it was decides, whoever else begins at this moment. */
function nextTry(owner: string, now: Date) {
  const done = sql<boolean>`lovage_mail_sent.state in ('sent', 'refused')`;
  const open = sql<boolean>`lovage_mail_sent.state = 'sending'`;
  const since = new Date(now.getTime() - BUSY_MS).toISOString();
  const busy = sql<boolean>`${open} and lovage_mail_sent.owner <> ${owner} and lovage_mail_sent.noted_at > ${since}`;
  const kept = sql<boolean>`(${done}) or (${busy})`;
  return {
    state: sql<'sending'>`case when ${done} then lovage_mail_sent.state else 'sending' end`,
    owner: sql<string>`case when ${kept} then lovage_mail_sent.owner else ${owner} end`,
    tries: sql<number>`lovage_mail_sent.tries + case when ${kept} then 0 else 1 end`,
    repeats: sql<number>`lovage_mail_sent.repeats + case when ${open} and not (${busy}) then 1 else 0 end`,
    reason: sql<string>`case when ${kept} then lovage_mail_sent.reason when ${open} then ${sql.lit(UNCERTAIN)} end`,
    noted_at: sql<string>`case when ${kept} then lovage_mail_sent.noted_at else ${now.toISOString()} end`,
  };
}
