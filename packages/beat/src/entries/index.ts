/** What is sent, and when. */

export { type BeatSchedule, readBeatSchedule } from './beat-schedule.ts';
export { decodeDjangoEntry, encodeDjangoEntry } from './django/index.ts';
export type { Entry, EntryInput, EntryOptions, Missed, Overlap } from './entry.ts';
export { InvalidEntry, readEntry } from './read-entry.ts';
export { decodeEntry, encodeEntry } from './stored-entry.ts';
