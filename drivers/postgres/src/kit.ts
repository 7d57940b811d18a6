/*
 * What another package needs to keep its messages in tables of its own in a database that is ours otherwise
 * (@lovage/kombu-sql): connections, statements, consumers, results within a settlement. Not for users: it may change
 * with any version.
 */
export { brokerOver } from './broker/broker.ts';
export { type QueueStatements, Queues } from './broker/queues.ts';
export type {
  BrokerTables,
  Heads,
  Held,
  Leases,
  Settle,
  Taken,
  TakenRow,
  Upkept,
} from './broker/tables.ts';
export { announce, announceReady } from './broker/wakes.ts';
export { int4Array, int8Array, textArray } from './database/arrays.ts';
export type { Beside, Database, Run } from './database/database.ts';
export type { Session } from './database/session.ts';
export { sharing } from './database/sharing.ts';
export { NOW_MS, repeatable, type Statement, statement } from './database/statement.ts';
export { driverOver } from './driver.ts';
export { explain } from './errors.ts';
export { type Configured, readOptions } from './options.ts';
export { announceRecords } from './results/news.ts';
export { KEEP, type RecordRow, recordColumns, toRecordRow } from './results/rows.ts';
export { asTransaction } from './tx.ts';
