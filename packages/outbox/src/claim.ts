import { randomUUID } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import type { OutboxTables } from './schema.ts';
import type { OutboxStore } from './store.ts';

/** A delivery that is ours until its lease lapses, with all that sending it takes. */
export interface Claimed {
  readonly eventId: string;
  readonly endpointId: string;
  readonly lease: string;
  /** This one included. */
  readonly attempts: number;
  readonly event: { readonly type: string; readonly payload: string; readonly created_at: number };
  /** Undefined if it was removed since. */
  readonly endpoint:
    | {
        readonly url: string;
        readonly secrets: readonly string[];
        readonly disabledReason: string | undefined;
      }
    | undefined;
}

/**
 * Leases the deliveries that are due to this sweep, the oldest first. One statement that skips what others are leasing at the same
 * time (on SQLite: that waits for them), so that no two sweeps hold the same.
 */
export async function claim(store: OutboxStore, limit: number, leaseMs: number): Promise<Claimed[]> {
  const lease = randomUUID();
  const taken = await store.db
    .with('due', (db) =>
      dueDeliveries(db, store)
        .select(['d.event_id as due_event', 'd.endpoint_id as due_endpoint'])
        .orderBy('d.next_attempt_at')
        .orderBy('d.event_id')
        .limit(limit)
        .$if(store.postgres, (query) => query.forUpdate('d').skipLocked()),
    )
    .updateTable('outbox_deliveries')
    .from('due')
    .set(({ eb }) => ({
      lease,
      leased_until: sql<number>`${store.now()} + ${Math.round(leaseMs)}`,
      attempts: eb('attempts', '+', 1),
    }))
    .whereRef('event_id', '=', 'due_event')
    .whereRef('endpoint_id', '=', 'due_endpoint')
    .returning('event_id')
    .execute();
  if (taken.length === 0) return [];
  return await load(
    store,
    lease,
    taken.map(({ event_id }) => event_id),
  );
}

/** What a sweep may take now: `d`, of endpoints `p` that did not ask for a pause. */
export function dueDeliveries(db: Pick<Kysely<OutboxTables>, 'selectFrom'>, store: OutboxStore) {
  return db
    .selectFrom('outbox_deliveries as d')
    .leftJoin('outbox_endpoints as p', 'p.id', 'd.endpoint_id')
    .where('d.status', '=', 'PENDING')
    .where('d.next_attempt_at', '<=', store.now())
    .where('d.leased_until', '<=', store.now())
    .where((eb) =>
      eb.or([
        eb('p.not_before', '<=', store.now()),
        // Not to be sent at all: they end at once.
        eb('p.disabled_at', 'is not', null),
        eb('p.id', 'is', null),
      ]),
    );
}

async function load(store: OutboxStore, lease: string, events: readonly string[]): Promise<Claimed[]> {
  const rows = await store.db
    .selectFrom('outbox_deliveries as d')
    .innerJoin('outbox_events as e', 'e.id', 'd.event_id')
    .leftJoin('outbox_endpoints as p', 'p.id', 'd.endpoint_id')
    .select(['d.event_id', 'd.endpoint_id', 'd.attempts', 'e.type', 'e.payload', 'e.created_at'])
    .select(['p.url', 'p.secret', 'p.previous_secret', 'p.disabled_at', 'p.disabled_reason'])
    .select((eb) => eb('p.previous_secret_until', '>', store.now()).as('both'))
    .where('d.event_id', 'in', events)
    .where('d.lease', '=', lease)
    .orderBy('d.next_attempt_at')
    .orderBy('d.event_id')
    .execute();
  return rows.map((row) => ({
    eventId: row.event_id,
    endpointId: row.endpoint_id,
    lease,
    attempts: row.attempts,
    event: { type: row.type, payload: row.payload, created_at: Number(row.created_at) },
    endpoint:
      row.url === null || row.secret === null
        ? undefined
        : {
            url: row.url,
            secrets: row.both && row.previous_secret ? [row.secret, row.previous_secret] : [row.secret],
            disabledReason: row.disabled_at === null ? undefined : (row.disabled_reason ?? 'disabled'),
          },
  }));
}
