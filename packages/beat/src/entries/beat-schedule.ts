import { ImproperlyConfigured } from '@lovage/app';
import { shown } from '../schedules/errors.ts';
import type { Entry, EntryInput } from './entry.ts';
import { isPlainObject } from './plain.ts';
import { InvalidEntry, readEntry } from './read-entry.ts';

/** What `beatSchedule` may be: Celery's `beat_schedule`, entries by their names. */
export type BeatSchedule = Readonly<Record<string, EntryInput>>;

/**
 * The entries of `beatSchedule`, or of `CELERY_BEAT_SCHEDULE`, in the order in which they were written.
 * @throws ImproperlyConfigured listing every problem of every entry, one a line
 */
export function readBeatSchedule(given: BeatSchedule): Entry[];
export function readBeatSchedule(given: unknown): Entry[];
export function readBeatSchedule(given: unknown): Entry[] {
  if (!isPlainObject(given))
    throw new ImproperlyConfigured(
      `beatSchedule must be an object of entries by name, not ${shown(given)}: { 'nightly-report': { task, schedule } }`,
    );
  const entries: Entry[] = [];
  const problems: string[] = [];
  for (const [name, entry] of Object.entries(given)) {
    try {
      entries.push(readEntry(name, entry));
    } catch (error) {
      if (!(error instanceof InvalidEntry)) throw error;
      problems.push(...error.problems.map((problem) => `beatSchedule ${shown(name)}: ${problem}`));
    }
  }
  if (problems.length > 0) throw new ImproperlyConfigured(problems.join('\n'));
  return entries;
}
