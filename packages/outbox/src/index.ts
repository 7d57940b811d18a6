/** A transactional outbox: events of your transactions, delivered as signed webhooks. */
export type { CallerTransaction, QueryingTransaction } from './caller-transaction.ts';
export type { CleanupReport } from './cleanup.ts';
export type { DeliveryReport } from './deliver.ts';
export type { Endpoint, Endpoints, NewEndpoint } from './endpoints.ts';
export { RefusedAddress } from './http/addresses.ts';
export type { DeliveryView, EventQuery, EventView } from './inspect.ts';
export type { OutboxOptions } from './options.ts';
export { type EmitOptions, Outbox } from './outbox.ts';
export { STANDARD_RETRY_SCHEDULE } from './retry-schedule.ts';
export { OUTBOX_MIGRATIONS, type OutboxStatus } from './schema.ts';
