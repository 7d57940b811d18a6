import type { Entry } from '../entries/index.ts';
import { Interval } from '../schedules/interval.ts';

/** What the store has of an entry's runs, in epoch ms: due times are counted from there. */
export interface RunState {
  /** When it was made, changed or enabled. */
  readonly since: number;
  /** The due time that was claimed last. */
  readonly lastRun: number | undefined;
}

/** Where to look for due times from, in epoch ms. */
export interface Origin {
  /** The first due time is later. */
  readonly after: number;
  /** What intervals count from. */
  readonly counted: number;
}

/** The beginning of time, as Date knows it. */
const EVER_MS = -8.64e15;

/**
 * From the last due time on, or from when the entry was made or changed, if that is later. A clocked one that has not run
 * is looked for from the beginning of time, so that one whose moment has passed still runs. An interval that has a
 * `startTime` is due at it.
 */
export function originOf({ schedule, startTime }: Entry, { since, lastRun }: RunState): Origin {
  const base = schedule.type === 'clocked' ? (lastRun ?? EVER_MS) : Math.max(since, lastRun ?? since);
  const start = startTime?.getTime();
  if (start === undefined || base >= start) return { after: base, counted: base };
  const before = schedule instanceof Interval ? Math.max(EVER_MS, start - schedule.everyMs) : start - 1;
  return { after: start - 1, counted: before };
}

/** The first due time after a moment; undefined where there is none before the entry expires. */
export function dueAfter({ schedule, expires }: Entry, { after, counted }: Origin): number | undefined {
  const due = schedule.next(new Date(after), new Date(counted))?.getTime();
  return due === undefined || (expires !== undefined && due >= expires.getTime()) ? undefined : due;
}
