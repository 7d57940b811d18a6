import { type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely';
import type { OutboxConfig } from './options.ts';
import type { OutboxTables } from './schema.ts';
import type { OutboxStore } from './store.ts';

export interface CleanupReport {
  /** Events, each with its deliveries. */
  readonly deleted: number;
  /** What another call would delete at once. */
  readonly remaining: number;
}

/** Deletes one batch of events whose time to be kept is over. What is not at its end is never deleted. */
export async function cleanup(store: OutboxStore, config: OutboxConfig): Promise<CleanupReport> {
  const deleted = await store.db.transaction().execute(async (trx) => {
    const events = await trx
      .selectFrom('outbox_events')
      .select('id')
      .where((eb) => isOver(eb, store, config))
      .orderBy('finished_at')
      .limit(config.cleanupBatchSize)
      .$if(store.postgres, (query) => query.forUpdate().skipLocked())
      .execute();
    const ids = events.map(({ id }) => id);
    if (ids.length === 0) return 0;
    await trx.deleteFrom('outbox_deliveries').where('event_id', 'in', ids).execute();
    await trx.deleteFrom('outbox_events').where('id', 'in', ids).execute();
    return ids.length;
  });
  const { count } = await store.db
    .selectFrom('outbox_events')
    .select(({ fn }) => fn.countAll().as('count'))
    .where((eb) => isOver(eb, store, config))
    .executeTakeFirstOrThrow();
  return { deleted, remaining: Number(count) };
}

function isOver(
  eb: ExpressionBuilder<OutboxTables, 'outbox_events'>,
  store: OutboxStore,
  { retentionMs, failedRetentionMs }: OutboxConfig,
): Expression<SqlBool> {
  const before = (ms: number) => sql<number>`${store.now()} - ${Math.round(ms)}`;
  return eb.or([
    eb.and([eb('status', '=', 'DELIVERED'), eb('finished_at', '<', before(retentionMs))]),
    eb.and([eb('status', '=', 'FAILED'), eb('finished_at', '<', before(failedRetentionMs))]),
  ]);
}
