import type { Backup } from '../file.ts';

/** How long what is kept. */
export interface RetentionRules {
  /** The newest of each day, for so many days. Default 30. */
  readonly dailyDays: number;
  /** The newest of each week (Monday to Sunday), for so many. Default 12. */
  readonly weeklyWeeks: number;
  /** The newest of each month, for so many. Default 12. */
  readonly monthlyMonths: number;
  /** Every JSON export, for so many months. Default 6. */
  readonly jsonMonths: number;
}

export const RETENTION: RetentionRules = { dailyDays: 30, weeklyWeeks: 12, monthlyMonths: 12, jsonMonths: 6 };

const DAY_MS = 86_400_000;

/** What may go: all that no rule keeps. What was made in the last 24 hours, or lies in the future, stays. Days are those of UTC. */
export function tiered(backups: readonly Backup[], now: Date, rules: RetentionRules): Backup[] {
  const exports = backups.filter(({ kind }) => kind === 'json');
  const others = backups.filter(({ kind }) => kind !== 'json');
  const since = (ms: number) => others.filter(({ at }) => at.getTime() > now.getTime() - ms);
  const kept = new Set<Backup>([
    ...since(DAY_MS),
    ...newestOfEach(since(rules.dailyDays * DAY_MS), ({ at }) => at.toISOString().slice(0, 10)),
    ...newestOfEach(since(rules.weeklyWeeks * 7 * DAY_MS), ({ at }) => String(weekOf(at))),
    ...newestOfEach(
      others.filter(({ at }) => at > monthsBefore(now, rules.monthlyMonths)),
      ({ at }) => at.toISOString().slice(0, 7),
    ),
    ...exports.filter(({ at }) => at > monthsBefore(now, rules.jsonMonths)),
  ]);
  return backups.filter((each) => !kept.has(each));
}

/** What may go by its age alone. */
export function olderThan(backups: readonly Backup[], now: Date, months: number): Backup[] {
  const limit = monthsBefore(now, months);
  return backups.filter(({ at }) => at <= limit);
}

/** The same day so many months before, or the last of that month where it has no such day. */
export function monthsBefore(now: Date, months: number): Date {
  const moved = new Date(now);
  moved.setUTCDate(1);
  moved.setUTCMonth(moved.getUTCMonth() - months);
  const last = new Date(Date.UTC(moved.getUTCFullYear(), moved.getUTCMonth() + 1, 0)).getUTCDate();
  moved.setUTCDate(Math.min(now.getUTCDate(), last));
  return moved;
}

/** Weeks since one that began on a Monday. */
const weekOf = (at: Date): number => Math.floor((at.getTime() / DAY_MS + 3) / 7);

function newestOfEach(backups: readonly Backup[], key: (backup: Backup) => string): Backup[] {
  const newest = new Map<string, Backup>();
  for (const each of backups) {
    const known = newest.get(key(each));
    if (!known || known.at < each.at) newest.set(key(each), each);
  }
  return [...newest.values()];
}
