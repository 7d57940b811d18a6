import type { StoredSchedule } from '@lovage/contracts';
import { zoned } from '../entries/due-parts.ts';
import type { Entry, EntryForm, StoredEntry } from '../entries/index.ts';
import { nextDue, upcoming } from '../ticker/due-times.ts';
import { runId } from '../ticker/run-id.ts';

/** An entry as the store has it, and how it fares. */
export interface PeriodicTask {
  readonly name: string;
  readonly enabled: boolean;
  /** As it is written; undefined where it cannot be read. */
  readonly entry: Entry | undefined;
  /** Why it cannot be read. */
  readonly problem: string | undefined;
  /** Whether the code has it, or it was made at run time. */
  readonly origin: 'code' | 'runtime';
  /** The app whose code has it. */
  readonly app: string | undefined;
  /** It is in that code no more: it does not run, and `prune` removes it. */
  readonly vanished: boolean;
  /** When it was made, or last changed or enabled, so that due times are counted anew. */
  readonly since: Date;
  /** The due time that has passed last, whether it was sent for or not. */
  readonly lastRun: Date | undefined;
  /** The due time that was last sent for. */
  readonly lastSent: Date | undefined;
  /** The id of what was then sent. */
  readonly lastRunId: string | undefined;
  /** How often it was sent. */
  readonly runs: number;
  /** When it is due next, or was and has not been sent yet; undefined where it does not run. */
  readonly next: Date | undefined;
  /** Changes with each change. */
  readonly version: string;
}

/** @param timezone The app's */
export function readPeriodicTask(row: StoredSchedule, form: EntryForm, timezone: string): PeriodicTask {
  const { name, enabled, since, lastRun, lastSent, runs, version } = row;
  let stored: StoredEntry | undefined;
  let problem: string | undefined;
  try {
    stored = form.decode(name, row.definition, enabled);
  } catch (error) {
    problem = (error as Error).message;
  }
  const key = stored?.key ?? name;
  const runsAtAll = stored !== undefined && enabled && !stored.vanished;
  const next = runsAtAll ? nextDue(zoned(stored!.entry, timezone), row) : undefined;
  return {
    ...{ name, enabled, problem, runs, version },
    entry: stored?.entry,
    origin: stored?.origin ?? 'runtime',
    app: stored?.app,
    vanished: stored?.vanished ?? false,
    since: new Date(since),
    lastRun: dateOf(lastRun),
    lastSent: dateOf(lastSent),
    lastRunId: lastSent === undefined ? undefined : runId(key, lastSent),
    next: dateOf(next),
  };
}

/** The next due times of an entry; of one that does not run, as if it were enabled now. */
export function nextDates(
  row: StoredSchedule,
  { entry, vanished }: StoredEntry,
  { timezone, now, count }: { readonly timezone: string; readonly now: number; readonly count: number },
): Date[] {
  const since = row.enabled && !vanished ? row.since : now;
  return upcoming(zoned(entry, timezone), { since, lastRun: row.lastRun }, now, count);
}

const dateOf = (ms: number | undefined): Date | undefined => (ms === undefined ? undefined : new Date(ms));
