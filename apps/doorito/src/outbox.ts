import { Outbox } from '@lovage/outbox';
import { app } from './app.ts';
import { db } from './database.ts';
import { settings } from './environment.ts';

/** By name: the task is made of this outbox. */
const DELIVER = 'common.tasks.deliver_outbox_events_task';

/** Events about files: rows of the transactions that cause them, delivered by `common.tasks.deliver_outbox_events_task`. */
export const outbox = new Outbox(db, {
  batchSize: settings.outboxBatchSize,
  retentionHours: settings.outboxRetentionHours,
  timeoutSeconds: settings.webhookTimeoutSeconds,
  ...(settings.webhookRetrySchedule.length > 0 ? { retrySchedule: settings.webhookRetrySchedule } : {}),
  allowHttp: settings.webhookAllowHttp,
  allowAddresses: settings.webhookAllowAddresses,
  // The fast path. Found among the app's tasks, it runs here and now in development.
  async afterCommit() {
    const task = app.tasks.get(DELIVER);
    await (task ? task.delay() : app.sendTask(DELIVER));
  },
  onError: (error) => app.logger.warn(error.message),
});
