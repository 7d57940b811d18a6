import type { CleanupReport, DeliveryReport } from '@lovage/outbox';
import { app } from '../app.ts';
import { outbox } from '../outbox.ts';

/** As often as the broker or the database may fail; what a webhook answers is in the outbox's own schedule. */
const RETRY = { autoretryFor: [Error], maxRetries: 2, defaultRetryDelay: 60 } as const;

/**
 * Tries a batch of webhook deliveries that are due. Called after each transaction that emits, and every five minutes. What is left over
 * is the next call's, so that no run comes near its time limit.
 */
export const deliverOutboxEvents = app.task(
  { name: 'common.tasks.deliver_outbox_events_task', ...RETRY },
  async (): Promise<DeliveryReport> => {
    const report = await outbox.deliver();
    if (report.processed > 0 && report.remaining > 0) await deliverOutboxEvents.delay();
    return report;
  },
);

/** Deletes a batch of events whose time to be kept is over (OUTBOX_RETENTION_HOURS). */
export const cleanupDeliveredOutboxEvents = app.task(
  { name: 'common.tasks.cleanup_delivered_outbox_events_task', ...RETRY },
  async (): Promise<CleanupReport> => {
    const report = await outbox.cleanup();
    if (report.deleted > 0 && report.remaining > 0) await cleanupDeliveredOutboxEvents.delay();
    return report;
  },
);
