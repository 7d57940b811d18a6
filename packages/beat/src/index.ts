/** Periodic tasks: schedules, and the entries that use them. */
export * from './schedules/index.ts';
