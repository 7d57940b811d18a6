import { type Entry, type EntryInput, InvalidEntry, readEntry } from '../entries/index.ts';
import { isPlainObject } from '../entries/plain.ts';
import { shown } from '../schedules/errors.ts';

/** What `update` may change. A part that is null is put back to its default. */
export type EntryChanges = { readonly [Part in keyof EntryInput]?: EntryInput[Part] | null };

/**
 * The entry with some of its parts replaced, each as a whole.
 * @throws InvalidEntry
 */
export function changedEntry(entry: Entry, changes: EntryChanges): Entry {
  if (!isPlainObject(changes))
    throw new InvalidEntry(entry.name, [`changes are ${shown(changes)}; give an object`]);
  const { name, ...parts } = entry;
  const merged: Record<string, unknown> = { ...parts };
  for (const [part, value] of Object.entries(changes)) {
    if (value === undefined) continue;
    if (value === null) delete merged[part];
    else merged[part] = value;
  }
  return readEntry(name, merged);
}
