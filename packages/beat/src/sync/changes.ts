import { createHash, randomUUID } from 'node:crypto';
import type { Logger } from '@lovage/app';
import type { ScheduleChange, StoredSchedule } from '@lovage/contracts';
import { isRescheduled } from '../entries/due-parts.ts';
import {
  type Entry,
  type EntryForm,
  encodeEntry,
  type Provenance,
  type StoredEntry,
} from '../entries/index.ts';

export interface ChangeContext {
  readonly form: EntryForm;
  /** The name of the app whose code it is. */
  readonly app: string;
  readonly codeOnly: boolean;
  readonly now: number;
  readonly log: Logger;
}

/** What is to be put for an entry of the code; undefined where the store has it already. */
export function changeFor(
  entry: Entry,
  row: StoredSchedule | undefined,
  context: ChangeContext,
): ScheduleChange | undefined {
  const { form, app, now, log } = context;
  const { name } = entry;
  const fresh = { name, enabled: entry.enabled, since: now };
  const provenance: Provenance = {
    origin: 'code',
    app,
    key: randomUUID(),
    digest: digestOf(entry),
    enabledInCode: entry.enabled,
  };
  if (!row) return { ...fresh, definition: form.encode(entry, provenance), replaces: null };

  const stored = readable(row, context);
  if (!stored) {
    log.warn(`beat: entry '${name}' could not be read, and is again what the code says`);
    return { ...fresh, definition: form.encode(entry, provenance), replaces: row.version };
  }
  if (!differs(entry, stored, provenance, context)) return undefined;
  if (form.keepsProvenance && (stored.origin === 'runtime' || stored.app !== app))
    tellAdopted(stored, context);
  const key = stored.key ?? name;
  const rescheduled = isRescheduled(stored.entry, entry);
  const enabled = enabledAfter(entry, row, stored, rescheduled);
  const again = rescheduled || stored.vanished === true || (enabled && !row.enabled);
  return {
    name,
    enabled,
    since: again ? now : row.since,
    definition: form.encode(entry, { ...provenance, key }),
    replaces: row.version,
  };
}

/** The mark on an entry that is in the code no more; undefined where it was not in this code, or has the mark. */
export function vanishing(row: StoredSchedule, context: ChangeContext): ScheduleChange | undefined {
  const { form, app } = context;
  if (!form.keepsProvenance) return undefined;
  const stored = readable(row, context);
  if (stored?.origin !== 'code' || stored.app !== app || stored.vanished) return undefined;
  const { entry, ...provenance } = stored;
  const { name, enabled, since, version } = row;
  return {
    ...{ name, enabled, since, replaces: version },
    definition: form.encode(entry, { ...provenance, vanished: true }),
  };
}

function readable(row: StoredSchedule, { form }: ChangeContext): StoredEntry | undefined {
  try {
    return form.decode(row.name, row.definition, row.enabled);
  } catch {
    return undefined;
  }
}

/** Has the code changed since it was last taken from there? What was changed at run time since then is left alone. */
function differs(
  entry: Entry,
  stored: StoredEntry,
  { app, digest, enabledInCode }: Provenance,
  { form, codeOnly }: ChangeContext,
): boolean {
  // As a form has it that may not have room for all.
  if (!form.keepsProvenance) {
    const asWritten = (each: Entry) => Buffer.from(form.encode(each, { origin: 'code' }));
    return !asWritten(stored.entry).equals(asWritten(entry));
  }
  if (stored.origin !== 'code' || stored.app !== app || stored.vanished) return true;
  if (stored.enabledInCode !== enabledInCode || stored.digest !== digest) return true;
  return codeOnly && digestOf(stored.entry) !== digest;
}

/** What an operator has said stays, unless the code says something new; and what ran once is to run at its new time. */
function enabledAfter(
  { enabled, oneOff }: Entry,
  row: StoredSchedule,
  { enabledInCode }: StoredEntry,
  rescheduled: boolean,
): boolean {
  if (enabledInCode !== undefined && enabledInCode !== enabled) return enabled;
  if (oneOff && rescheduled && row.lastSent !== undefined) return enabled;
  return row.enabled;
}

function tellAdopted({ entry, origin, app }: StoredEntry, { log }: ChangeContext): void {
  const whose = origin === 'runtime' ? 'that was made at run time' : `of the app ${app}`;
  log.warn(
    `beat: entry '${entry.name}' ${whose} is now the one of the code; it was: ${entry.task}, ${entry.schedule}`,
  );
}

/** Of all that is stored but whether it is enabled. */
const digestOf = (entry: Entry): string =>
  createHash('sha256').update(encodeEntry(entry)).digest('base64url').slice(0, 22);
