import { wantsEvent } from './event-types.ts';
import type { OutboxStore } from './store.ts';

/** Events that get their deliveries in one transaction. */
const EVENTS = 100;
/** Rows that one statement writes. */
const ROWS = 500;

/**
 * Writes a delivery for each endpoint that wants an event, for the oldest events that have none yet. Which endpoints those are is
 * decided here, once, and not in the transaction of who emits. What nobody wants is delivered. Answers how many events it took.
 */
export async function fanOut(store: OutboxStore): Promise<number> {
  // Looked at first: on SQLite a transaction keeps every other writer waiting.
  const found = await store.db
    .selectFrom('outbox_events')
    .select('id')
    .where('fanned_out', '=', 0)
    .limit(1)
    .executeTakeFirst();
  if (!found) return 0;
  return await store.db.transaction().execute(async (trx) => {
    const events = await trx
      .selectFrom('outbox_events')
      .select(['id', 'type'])
      .where('fanned_out', '=', 0)
      .orderBy('created_at')
      .orderBy('id')
      .limit(EVENTS)
      .$if(store.postgres, (query) => query.forUpdate().skipLocked())
      .execute();
    if (events.length === 0) return 0;

    const endpoints = await trx
      .selectFrom('outbox_endpoints')
      .select(['id', 'event_types'])
      .where('disabled_at', 'is', null)
      .execute();
    const filters = endpoints.map(({ id, event_types }) => ({
      id,
      types: JSON.parse(event_types) as string[],
    }));
    const deliveries: { readonly event_id: string; readonly endpoint_id: string }[] = [];
    const unwanted: string[] = [];
    for (const event of events) {
      const wanting = filters.filter(({ types }) => wantsEvent(types, event.type));
      for (const endpoint of wanting) deliveries.push({ event_id: event.id, endpoint_id: endpoint.id });
      if (wanting.length === 0) unwanted.push(event.id);
    }

    for (let start = 0; start < deliveries.length; start += ROWS) {
      const rows = deliveries.slice(start, start + ROWS);
      await trx
        .insertInto('outbox_deliveries')
        .values(rows.map((row) => ({ ...row, next_attempt_at: store.now() })))
        .execute();
    }
    const ids = events.map(({ id }) => id);
    await trx.updateTable('outbox_events').set({ fanned_out: 1 }).where('id', 'in', ids).execute();
    if (unwanted.length > 0) {
      await trx
        .updateTable('outbox_events')
        .set({ status: 'DELIVERED', finished_at: store.now() })
        .where('id', 'in', unwanted)
        .execute();
    }
    return events.length;
  });
}
