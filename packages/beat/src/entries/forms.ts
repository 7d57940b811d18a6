import type { ScheduleTraits } from '@lovage/contracts';
import { decodeDjangoEntry, encodeDjangoEntry } from './django/index.ts';
import type { Entry } from './entry.ts';
import { decodeStored, encodeEntry } from './stored-entry.ts';

/** Where a stored entry comes from. */
export interface Provenance {
  /** 'code': `beatSchedule`, or a task's own schedule. 'runtime': `app.periodicTasks`. */
  readonly origin: 'code' | 'runtime';
  /** The app whose code it is from. */
  readonly app?: string;
  /** Random, made with the entry: ids of its runs are made of it. */
  readonly key?: string;
  /** Of what the code said when it was last taken from there: what has been changed at run time since is left alone. */
  readonly digest?: string;
  /** What the code said of `enabled` then. */
  readonly enabledInCode?: boolean;
  /** It is in the code no more: kept, but not run. */
  readonly vanished?: boolean;
}

export interface StoredEntry extends Provenance {
  readonly entry: Entry;
}

/** How entries are written in a store. */
export interface EntryForm {
  /** What is written says where it comes from. Otherwise what the code says is written wherever it differs. */
  readonly keepsProvenance: boolean;
  /** @throws InvalidEntry for what the form has no room for */
  encode(entry: Entry, provenance: Provenance): Uint8Array;
  /** @throws DecodeError naming the entry and what is wrong */
  decode(name: string, definition: Uint8Array, enabled: boolean): StoredEntry;
}

const opaque: EntryForm = { keepsProvenance: true, encode: encodeEntry, decode: decodeStored };

/** Columns of tables of Python's, which say nothing of where a row comes from. */
const django = (timezone: string): EntryForm => ({
  keepsProvenance: false,
  encode: (entry) => encodeDjangoEntry(entry, timezone),
  decode: (name, definition, enabled) => ({
    entry: decodeDjangoEntry(name, definition, enabled),
    origin: 'runtime',
  }),
});

/** The form that a store wants definitions in. @param timezone The app's */
export const formOf = ({ form }: ScheduleTraits, timezone: string): EntryForm =>
  form === 'django' ? django(timezone) : opaque;
