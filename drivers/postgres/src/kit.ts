/** What drivers of other tables in PostgreSQL stand on: connections, statements, and roles that need none but our tables. */
export * from './database/arrays.ts';
export { Database, type Row, type Run } from './database/database.ts';
export { type Session, Sessions } from './database/session.ts';
export { sharing } from './database/sharing.ts';
export { NOW_MS, repeatable, type Statement, statement } from './database/statement.ts';
export { explain, sqlState } from './errors.ts';
export { idColumns, idKey } from './ids.ts';
export { postgresLocks } from './locks.ts';
export { type Configured, readOptions } from './options.ts';
export type { ChordCompany } from './results/chord-company.ts';
export { postgresChords, sweepChords } from './results/chords.ts';
export { announceTasks } from './results/news.ts';
export { ResultFeed } from './results/watch.ts';
export { postgresRevocations } from './revocations.ts';
export { postgresSchedules } from './schedules.ts';
