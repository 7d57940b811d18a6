import { idColumns, NOW_MS, type Run, repeatable } from '@lovage/postgres/kit';
import { hasGroups, leavesOf, readSubTasks } from './sub-tasks.ts';

/** How long a chord that Python opened is counted, in ms: it says no time. */
const KEPT_MS = 86_400_000;

/** Without a plan, so that it is never reviewed. */
const ADOPT = repeatable(
  'django adopt chord',
  `insert into lovage.chords (id, name, size, members, plan, seen, expires)
    values ($1, $2, $3, $4, '', 9007199254740991, ${NOW_MS} + ${KEPT_MS}) on conflict do nothing`,
);
const SAVE_HEADER = repeatable(
  'django save header',
  `insert into django_celery_results_groupresult (group_id, date_created, date_done, content_type, content_encoding, result)
    values ($1, statement_timestamp(), statement_timestamp(), 'application/json', 'utf-8', $2) on conflict do nothing`,
);

export interface Counter {
  readonly id: string;
  readonly count: number;
  /** Null where we know the chord. */
  readonly subTasks: string | null;
}

/**
 * Takes in a chord that Python has opened. A header with groups in it is saved as a group, as Python does on Redis: its
 * results are nested like it.
 */
export async function adopt(run: Run, chordId: string, subTasks: string): Promise<void> {
  const { key, name } = idColumns(chordId);
  const tuples = readSubTasks(subTasks, chordId);
  const members = leavesOf(tuples);
  await run(ADOPT, [key, name, members.length, JSON.stringify(members)]);
  if (hasGroups(tuples)) await run(SAVE_HEADER, [chordId, JSON.stringify([[chordId, null], tuples])]);
}
