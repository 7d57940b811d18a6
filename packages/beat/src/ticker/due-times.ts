import type { Entry } from '../entries/index.ts';
import { dueAfter, type Origin, originOf, type RunState } from './origin.ts';

/** The most runs that are made up for at once: `missed: 'run-all'` after a long outage. */
export const MOST_AT_ONCE = 1000;

/** Due times that were cut are counted up to here. */
export const COUNTED_UP_TO = 100_000;

export interface DueTimes {
  /** Epoch ms, the oldest first: one message each. Empty where the due time is to pass without. */
  readonly send: readonly number[];
  /** The last due time up to now: the entry's `lastRun`, once these are claimed. */
  readonly upTo: number;
  /** How many more there would have been than are made up for at once. */
  readonly cut: number;
}

export interface DueOptions {
  readonly now: number;
  /** A due time is missed when it is older, in ms. Up to then it is only late: a takeover is no outage. */
  readonly missedAfterMs: number;
}

/** What an entry is to send by now; undefined when nothing is due yet. Pure. */
export function dueTimes(entry: Entry, state: RunState, options: DueOptions): DueTimes | undefined {
  const { now, missedAfterMs } = options;
  const origin = originOf(entry, state);
  const first = dueAfter(entry, origin);
  if (first === undefined || first > now) return undefined;

  const { missed, overlap, oneOff } = entry;
  const wasMissed = first < now - missedAfterMs;
  // Of several at once all but the last would be skipped or replaced.
  const one = oneOff || overlap !== 'allow' || (wasMissed && missed !== 'run-all');
  const { dues, cut } = latest(entry, origin, now, one ? 1 : MOST_AT_ONCE);
  const upTo = dues.at(-1)!;
  if (wasMissed && missed === 'skip' && upTo < now - missedAfterMs) return { send: [], upTo, cut: 0 };
  return { send: dues, upTo, cut: one ? 0 : cut };
}

/** The first look back. */
const SPAN_MS = 60_000;

/**
 * The last so many due times up to now, of which there is one at least. Looks back from now, twice as far each time, since
 * there may be a year of them.
 */
function latest(entry: Entry, origin: Origin, now: number, most: number) {
  const { counted } = origin;
  for (let span = SPAN_MS; ; span *= 2) {
    const after = Math.max(origin.after, now - span);
    const found = walk(entry, { after, counted }, now);
    if (found.length < most && after > origin.after) continue;
    const dues = found.slice(-most);
    const cut = most > 1 && dues.length === most ? countUpTo(entry, origin, dues[0]!) : 0;
    return { dues, cut };
  }
}

function walk(entry: Entry, { after, counted }: Origin, until: number): number[] {
  const found: number[] = [];
  for (let due = dueAfter(entry, { after, counted }); due !== undefined && due <= until; ) {
    found.push(due);
    due = dueAfter(entry, { after: due, counted });
  }
  return found;
}

/** How many due times there are before one of them. */
function countUpTo(entry: Entry, { after, counted }: Origin, end: number): number {
  let count = 0;
  for (let due = dueAfter(entry, { after, counted }); due !== undefined && due < end; count += 1) {
    if (count === COUNTED_UP_TO) break;
    due = dueAfter(entry, { after: due, counted });
  }
  return count;
}

/** The next due time, in epoch ms, whether it has passed or not; undefined where there is none. */
export const nextDue = (entry: Entry, state: RunState): number | undefined =>
  dueAfter(entry, originOf(entry, state));

/** The next due times that are later than a moment, as if all before had run. */
export function upcoming(entry: Entry, state: RunState, now: number, count: number): Date[] {
  const origin = originOf(entry, state);
  const dues: Date[] = [];
  let after = Math.max(origin.after, now);
  while (dues.length < count) {
    const due = dueAfter(entry, { after, counted: origin.counted });
    if (due === undefined) break;
    dues.push(new Date(due));
    after = due;
  }
  return dues;
}
