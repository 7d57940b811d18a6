/** Periodic tasks: schedules, and the entries that use them. */
export * from './entries/index.ts';
export * from './schedules/index.ts';
