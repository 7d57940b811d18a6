import type { OutboxStatus } from './schema.ts';
import { lockEvent } from './settle.ts';
import type { OutboxStore } from './store.ts';

export interface EventView {
  readonly id: string;
  readonly type: string;
  readonly data: unknown;
  readonly idempotencyKey: string | undefined;
  readonly status: OutboxStatus;
  readonly createdAt: Date;
  readonly finishedAt: Date | undefined;
}

export interface DeliveryView {
  readonly eventId: string;
  readonly endpointId: string;
  readonly status: OutboxStatus;
  /** Tries begun. */
  readonly attempts: number;
  /** Undefined at its end. */
  readonly nextAttemptAt: Date | undefined;
  /** Of the last answer, if there was one. */
  readonly lastStatus: number | undefined;
  readonly lastError: string | undefined;
}

export interface EventQuery {
  readonly status?: OutboxStatus;
  /** At most so many, default 100. */
  readonly limit?: number;
}

/** The newest events first. */
export async function listEvents(
  store: OutboxStore,
  { status, limit = 100 }: EventQuery,
): Promise<EventView[]> {
  const rows = await store.db
    .selectFrom('outbox_events')
    .selectAll()
    .$if(status !== undefined, (query) => query.where('status', '=', status!))
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    type: row.type,
    data: JSON.parse(row.payload),
    idempotencyKey: row.idempotency_key ?? undefined,
    status: row.status,
    createdAt: new Date(Number(row.created_at)),
    finishedAt: row.finished_at === null ? undefined : new Date(Number(row.finished_at)),
  }));
}

/** Of one event, by endpoint. */
export async function listDeliveries(store: OutboxStore, eventId: string): Promise<DeliveryView[]> {
  const rows = await store.db
    .selectFrom('outbox_deliveries')
    .selectAll()
    .where('event_id', '=', eventId)
    .orderBy('endpoint_id')
    .execute();
  return rows.map((row) => ({
    eventId: row.event_id,
    endpointId: row.endpoint_id,
    status: row.status,
    attempts: row.attempts,
    nextAttemptAt: row.status === 'PENDING' ? new Date(Number(row.next_attempt_at)) : undefined,
    lastStatus: row.last_status ?? undefined,
    lastError: row.last_error ?? undefined,
  }));
}

/** Begins again with the failed deliveries of an event, their retry schedule too. Answers how many there were. */
export async function redeliver(store: OutboxStore, eventId: string): Promise<number> {
  return await store.db.transaction().execute(async (trx) => {
    await lockEvent(trx, store, eventId);
    const { numUpdatedRows } = await trx
      .updateTable('outbox_deliveries')
      .set({ status: 'PENDING', attempts: 0, next_attempt_at: store.now(), finished_at: null })
      .where('event_id', '=', eventId)
      .where('status', '=', 'FAILED')
      .executeTakeFirst();
    if (numUpdatedRows > 0n) {
      await trx
        .updateTable('outbox_events')
        .set({ status: 'PENDING', finished_at: null })
        .where('id', '=', eventId)
        .execute();
    }
    return Number(numUpdatedRows);
  });
}
