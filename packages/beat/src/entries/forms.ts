import type { ScheduleTraits } from '@lovage/contracts';
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
  encode(entry: Entry, provenance: Provenance): Uint8Array;
  /** @throws DecodeError naming the entry and what is wrong */
  decode(name: string, definition: Uint8Array, enabled: boolean): StoredEntry;
}

const opaque: EntryForm = { keepsProvenance: true, encode: encodeEntry, decode: decodeStored };

/** The form that a store wants definitions in. */
export function formOf({ form }: ScheduleTraits): EntryForm {
  if (form === 'opaque') return opaque;
  throw new TypeError(`definitions of the form '${form}' cannot be written yet`);
}
