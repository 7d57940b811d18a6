import { wantsEvent } from './event-types.ts';
import type { OutboxStore } from './store.ts';

/** Events that get their deliveries in one transaction. */
const BATCH = 100;

/**
 * Writes a delivery for each endpoint that wants an event, for the oldest events that have none yet. Which endpoints those are is
 * decided here, once, and not in the transaction of who emits. What nobody wants is delivered. Answers how many events it took.
 */
export async function fanOut({ db, now, postgres }: Bound): Promise<number> {
  return await db.transaction().execute(async (trx) => {
    const events = await trx
      .selectFrom('outbox_events')
      .select(['id', 'type'])
      .where('fanned_out', '=', 0)
      .orderBy('created_at')
      .orderBy('id')
      .limit(BATCH)
      .$if(postgres, (query) => query.forUpdate().skipLocked())
      .execute();
    if (events.length === 0) return 0;
    const endpoints = await trx
      .selectFrom('outbox_endpoints')
      .select(['id', 'event_types'])
      .where('disabled_at', 'is', null)
      .execute();
    const filtersOf = endpoints.map(({ id, event_types }) => [id, JSON.parse(event_types) as string[]] as const);
    const unwanted: string[] = [];
    for (const { id, type } of events) {
      const wanting = filtersOf.filter(([, filters]) => wantsEvent(filters, type));
      if (wanting.length === 0) unwanted.push(id);
      for (const some of chunks(wanting)) {
        await trx
          .insertInto('outbox_deliveries')
          .values(some.map(([endpoint_id]) => ({ event_id: id, endpoint_id, status: 'PENDING', attempts: 0, lease: null, leased_until: 0, next_attempt_at: now() })))
          .execute();
      }
    }
    await trx
      .updateTable('outbox_events')
      .set({ fanned_out: 1 })
      .where('id', 'in', events.map(({ id }) => id))
      .execute();
    if (unwanted.length > 0) {
      await trx
        .updateTable('outbox_events')
        .set({ status: 'DELIVERED', finished_at: now() })
        .where('id', 'in', unwanted)
        .execute();
    }
    return events.length;
  });
}
