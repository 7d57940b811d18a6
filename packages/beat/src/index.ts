/** Periodic tasks: schedules, the entries that use them, and who sends them when they are due. */
export * from './entries/index.ts';
export * from './periodic-tasks/index.ts';
export * from './schedules/index.ts';
export * from './sync/index.ts';
export * from './ticker/index.ts';
