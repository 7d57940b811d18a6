/** What is sent, and when. */

export { type BeatSchedule, readBeatSchedule } from './beat-schedule.ts';
export { decodeDjangoEntry, encodeDjangoEntry } from './django/index.ts';
export type { Entry, EntryInput, EntryOptions, Missed, Overlap } from './entry.ts';
export { type EntryForm, formOf, type Provenance, type StoredEntry } from './forms.ts';
export { InvalidEntry, readEntry } from './read-entry.ts';
export { decodeEntry, encodeEntry } from './stored-entry.ts';
