/*
 * What another package needs to keep messages or results in other tables of a database that is reached as ours is
 * (@lovage/kombu-sql, @lovage/django): connections, statements, consumers, and the roles that need none but our tables.
 * Not for users: it may change with any version.
 */
export { brokerOver } from './broker/broker.ts';
export { type Courier, courierOver } from './broker/courier.ts';
export { depthsBy } from './broker/depths.ts';
export { RememberingHeads } from './broker/heads.ts';
export { type Publish, publisher } from './broker/publish.ts';
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
export * from './database/arrays.ts';
export { type Beside, Database, type Row, type Run } from './database/database.ts';
export { besideOthers } from './database/raced.ts';
export { type Session, Sessions } from './database/session.ts';
export { sharing } from './database/sharing.ts';
export { inSchema, NOW_MS, repeatable, type Statement, statement } from './database/statement.ts';
export { driverOver, type Messages } from './driver.ts';
export { explain, sqlState } from './errors.ts';
export { idColumns, idKey } from './ids.ts';
export { postgresLocks } from './locks.ts';
export { type Configured, readOptions } from './options.ts';
export type { ChordCompany } from './results/chord-company.ts';
export { postgresChords, sweepChords } from './results/chords.ts';
export { announceRecords, announceTasks } from './results/news.ts';
export { KEEP, type RecordRow, recordColumns, toRecordRow } from './results/rows.ts';
export { ResultFeed } from './results/watch.ts';
export { postgresRevocations } from './revocations.ts';
export { forgetKept, kept, OUTBOX, passes } from './schedules/outbox.ts';
export { postgresSchedules } from './schedules/schedules.ts';
export { rounds } from './schedules/turns.ts';
export { asTransaction } from './tx.ts';
