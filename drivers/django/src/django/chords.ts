import type { ChordStore, ReviewedChord } from '@lovage/contracts';
import {
  type ChordCompany,
  idKey,
  NOW_MS,
  postgresChords,
  type Run,
  repeatable,
  type Session,
  textArray,
  uuidArray,
} from '@lovage/postgres/kit';
import { adopt, type Counter } from './adopt.ts';
import { countTogether } from './count-together.ts';
import { membersText, withMember } from './sub-tasks.ts';
import { keepTasks } from './tasks.ts';

/** None for a chord that was opened before: Python may have counted it to its end, and deleted its counter. */
const OPEN = repeatable(
  'django open chord',
  `insert into django_celery_results_chordcounter (group_id, sub_tasks, count)
    select $1::text, $2::text, $3::int4 where not exists (select from lovage.chords where id = $4::uuid)
    on conflict do nothing`,
);
/** In one order. Python locks one at a time, and nothing else with it. */
const MEET = repeatable(
  'django meet chords',
  `select k.group_id as id, k.count,
      case when exists (select from lovage.chords c where c.id = n.key) then null else k.sub_tasks end as "subTasks"
    from unnest($1::text[], $2::uuid[]) as n(id, key) join django_celery_results_chordcounter k on k.group_id = n.id
    order by k.group_id for update of k`,
);
const SUB_TASKS = repeatable(
  'django sub tasks',
  'select sub_tasks as "subTasks" from django_celery_results_chordcounter where group_id = $1',
);
const GROW = repeatable(
  'django grow chord',
  'update django_celery_results_chordcounter set sub_tasks = $2, count = count + 1 where group_id = $1',
);
const DROP = repeatable(
  'django drop chord',
  'delete from django_celery_results_chordcounter where group_id = $1',
);
const FORGET_EXPIRED = repeatable(
  'django forget chords',
  `delete from django_celery_results_chordcounter where group_id in (
    select coalesce(name, id::text) from lovage.chords where expires <= ${NOW_MS} order by expires limit $1)`,
);
const ENDED = repeatable(
  'django ended members',
  `select task_id as id, date_done <= statement_timestamp() - make_interval(secs => $2::float8 / 1000) as long
    from django_celery_results_taskresult
    where task_id = any($1::text[]) and status in ('SUCCESS', 'FAILURE', 'REVOKED')`,
);
const COUNTS = repeatable(
  'django chord counts',
  'select group_id as id, count from django_celery_results_chordcounter where group_id = any($1::text[])',
);

const company: ChordCompany = {
  keep: keepTasks,

  async open(run, { id, members }) {
    await run(OPEN, [id, membersText(members), members.length, idKey(id)]);
  },

  async grow(run, chordId, member) {
    await meet(run, [chordId]);
    const [row] = await run<{ readonly subTasks: string }>(SUB_TASKS, [chordId]);
    const grown = row && withMember(row.subTasks, member);
    if (grown !== undefined) await run(GROW, [chordId, grown]);
  },

  async meet(run, arrivals) {
    await meet(
      run,
      arrivals.map(({ chordId }) => chordId),
    );
  },

  size: countTogether,

  async drop(run, chordId) {
    await run(DROP, [chordId]);
  },
};

/**
 * Chords that Python and Lovage count together: on Python's counter, which says how many parts are still to come, and
 * beside it in tables of ours, which know each part of ours and the chord's plan. Whoever brings the counter to nothing
 * sends the body, and deletes it.
 */
export function djangoChords(session: Session): ChordStore {
  const ours = postgresChords(session, company);
  return {
    ...ours,
    async review(afterMs, limit) {
      const found = await ours.review(afterMs, limit);
      const reviewed: ReviewedChord[] = [];
      for (const chord of found) {
        const missing =
          chord.last || chord.missing.length === 0 ? chord.missing : await uncounted(chord, afterMs);
        if (missing) reviewed.push({ ...chord, missing });
        else await ours.drop(chord.id);
      }
      return reviewed;
    },
  };

  /**
   * Members that were not counted. Of those that ended in Python long ago as many as its counter lacks: it does not know
   * which they are. Undefined where Python has sent the body.
   */
  async function uncounted(
    { id, missing }: ReviewedChord,
    afterMs: number,
  ): Promise<ReviewedChord['missing'] | undefined> {
    const [counter] = await session.run<Counter>(COUNTS, [textArray([id])]);
    if (!counter) return undefined;
    const ids = missing.map(({ taskId }) => taskId);
    const ended = await session.run<{ readonly id: string; readonly long: boolean }>(ENDED, [
      textArray(ids),
      afterMs,
    ]);
    const long = new Map(ended.map((each) => [each.id, each.long]));
    const young = ended.filter((each) => !each.long).length;
    let lost = Math.max(0, counter.count - (missing.length - ended.length) - young);
    return missing.filter(({ taskId }) => {
      if (!long.has(taskId)) return true;
      if (!long.get(taskId) || lost === 0) return false;
      lost -= 1;
      return true;
    });
  }
}

/** Counters of chords that nobody waits for any more, before our part of them is deleted. */
export async function forgetExpired(run: Run, limit: number): Promise<void> {
  await run(FORGET_EXPIRED, [limit]);
}

/** Locks the counters of these chords, and takes in those that Python has opened. */
async function meet(run: Run, chordIds: readonly string[]): Promise<void> {
  const ids = [...new Set(chordIds)];
  const counters = await run<Counter>(MEET, [textArray(ids), uuidArray(ids.map(idKey))]);
  for (const counter of counters)
    if (counter.subTasks !== null) await adopt(run, counter.id, counter.subTasks);
}
