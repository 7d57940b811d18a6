/** The code's entries, and how they come into the store. */
export { checkWritable, readAppEntries } from './app-entries.ts';
export { type SyncOptions, type SyncReport, syncFromCode } from './sync.ts';
