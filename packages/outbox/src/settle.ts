import { type Kysely, sql, type Transaction } from 'kysely';
import type { Claimed } from './claim.ts';
import type { OutboxTables } from './schema.ts';
import type { OutboxStore } from './store.ts';

/** What a try came to. */
export type Outcome =
  | { readonly kind: 'delivered'; readonly status: number }
  | {
      readonly kind: 'failed';
      readonly status: number | undefined;
      readonly error: string;
      /** Wait so long before the next try; undefined when there is none. */
      readonly waitMs: number | undefined;
    };

const MAX_ERROR_LENGTH = 500;

/**
 * Keeps what a try came to, and ends the event with its last delivery. A failure counts only while the lease is ours: after that
 * somebody else tries. That it was delivered is true whoever says so.
 */
export async function settle(store: OutboxStore, claimed: Claimed, outcome: Outcome): Promise<void> {
  await store.db.transaction().execute(async (trx) => {
    await lockEvent(trx, store, claimed.eventId);
    const final = outcome.kind === 'delivered' || outcome.waitMs === undefined;
    await trx
      .updateTable('outbox_deliveries')
      .set({
        status: outcome.kind === 'delivered' ? 'DELIVERED' : final ? 'FAILED' : 'PENDING',
        lease: null,
        leased_until: 0,
        last_status: outcome.status ?? null,
        last_error: outcome.kind === 'failed' ? cleaned(outcome.error) : null,
        ...(final ? { finished_at: store.now() } : {}),
        ...(outcome.kind === 'failed' && outcome.waitMs !== undefined
          ? { next_attempt_at: sql<number>`${store.now()} + ${Math.round(outcome.waitMs)}` }
          : {}),
      })
      .where('event_id', '=', claimed.eventId)
      .where('endpoint_id', '=', claimed.endpointId)
      .where('status', '=', 'PENDING')
      .$if(outcome.kind === 'failed', (query) => query.where('lease', '=', claimed.lease))
      .execute();
    if (final) await endEvent(trx, store, claimed.eventId);
  });
}

/** Two deliveries of one event that end at the same moment must see each other, or each leaves the event to the other. */
export async function lockEvent(
  trx: Transaction<OutboxTables>,
  store: OutboxStore,
  id: string,
): Promise<void> {
  if (!store.postgres) return; // A file has one writer.
  await trx.selectFrom('outbox_events').select('id').where('id', '=', id).forUpdate().execute();
}

/** Gives the event its end if no delivery of it is open. */
async function endEvent(db: Kysely<OutboxTables>, store: OutboxStore, id: string): Promise<void> {
  await db
    .updateTable('outbox_events')
    .set(({ exists, selectFrom, case: when }) => ({
      status: when()
        .when(
          exists(
            selectFrom('outbox_deliveries as d')
              .select('d.event_id')
              .where('d.event_id', '=', id)
              .where('d.status', '=', 'FAILED'),
          ),
        )
        .then(sql.lit('FAILED' as const))
        .else(sql.lit('DELIVERED' as const))
        .end(),
      finished_at: store.now(),
    }))
    .where('id', '=', id)
    .where('status', '=', 'PENDING')
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('outbox_deliveries as d')
            .select('d.event_id')
            .where('d.event_id', '=', id)
            .where('d.status', '=', 'PENDING'),
        ),
      ),
    )
    .execute();
}

/** Receivers may say anything: PostgreSQL's texts hold no NUL, and a row is no place for a page. */
function cleaned(text: string): string {
  return text
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .slice(0, MAX_ERROR_LENGTH)
    .trim();
}
