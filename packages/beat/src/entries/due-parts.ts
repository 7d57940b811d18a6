import { inTimezone } from '../schedules/index.ts';
import type { Entry } from './entry.ts';

/** The entry with the app's zone, where its schedule names none. */
export const zoned = (entry: Entry, timezone: string): Entry => ({
  ...entry,
  schedule: inTimezone(entry.schedule, timezone),
});

/** Are due times to be counted anew? */
export const isRescheduled = (before: Entry, after: Entry): boolean =>
  JSON.stringify([before.schedule, before.startTime]) !== JSON.stringify([after.schedule, after.startTime]);
