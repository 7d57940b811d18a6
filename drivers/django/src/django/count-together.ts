import type { ChordArrival } from '@lovage/contracts';
import {
  idKey,
  int4Array,
  NOW_MS,
  type Run,
  repeatable,
  statement,
  textArray,
  uuidArray,
} from '@lovage/postgres/kit';
import { ENDED, type EndedThere, endedThere, takeIn } from './ended-there.ts';
import { membersText } from './sub-tasks.ts';

/** Chords that nobody has completed, what Python's counter says, and how many of these parts are new. */
const FRESH = repeatable(
  'django fresh parts',
  `select c.id, k.count, count(distinct a.task)::int as fresh
    from unnest($1::uuid[], $2::uuid[]) as a(chord, task) join lovage.chords c on c.id = a.chord
    left join django_celery_results_chordcounter k on k.group_id = coalesce(c.name, c.id::text)
    where c.winner is null and c.expires > ${NOW_MS}
      and not exists (select from lovage.chord_parts p where p.chord = a.chord and p.task = a.task)
    group by c.id, k.count`,
);
const RESIZE = statement(
  'django resize chords',
  `update lovage.chords c set size = c.arrived + k.rest
    from unnest($1::uuid[], $2::int4[]) as k(id, rest) where c.id = k.id`,
);
const LEFT = repeatable(
  'django left parts',
  `select c.id, coalesce(c.name, c.id::text) as name, c.size - c.arrived as "left", c.winner is not null as complete,
      case when c.winner is null and not exists (
        select from django_celery_results_chordcounter k where k.group_id = coalesce(c.name, c.id::text))
      then c.members end as members
    from lovage.chords c where c.id = any($1::uuid[])`,
);
const COUNT_DOWN = statement(
  'django count down',
  `update django_celery_results_chordcounter k set count = n.rest
    from unnest($1::text[], $2::int4[]) as n(id, rest) where k.group_id = n.id`,
);
const COUNT_AGAIN = statement(
  'django count again',
  `insert into django_celery_results_chordcounter (group_id, sub_tasks, count)
    select * from unnest($1::text[], $2::text[], $3::int4[]) on conflict do nothing`,
);
const COMPLETE = repeatable(
  'django complete chords',
  'delete from django_celery_results_chordcounter where group_id = any($1::text[])',
);

interface Fresh {
  readonly id: string;
  readonly count: number | null;
  readonly fresh: number;
}

interface Left {
  readonly id: string;
  readonly name: string;
  readonly left: number;
  readonly complete: boolean;
  /** Where there is no counter. */
  readonly members: string | null;
}

/**
 * Sets the size of each chord by what Python's counter says is still to come, before ours are counted; and that counter
 * by what is left then.
 *
 * Python counts a message that it was delivered twice as two parts. So the counter is believed until it comes to
 * nothing, and then the results are asked: a chord is complete when every member has ended. Where Python came to nothing
 * too early it has deleted its counter and sent no body, since it looks too; then it is set up again, once a part of
 * ours shows that it was too early.
 */
export async function countTogether(
  run: Run,
  arrivals: readonly ChordArrival[],
): Promise<() => Promise<void>> {
  const chords = uuidArray(arrivals.map(({ chordId }) => idKey(chordId)));
  const tasks = uuidArray(arrivals.map(({ part }) => idKey(part.taskId)));
  const fresh = await run<Fresh>(FRESH, [chords, tasks]);
  const last = fresh.filter(({ count, fresh }) => count === null || count <= fresh).map(({ id }) => id);
  const there: ReadonlyMap<string, EndedThere> =
    last.length > 0 ? await endedThere(run, last, arrivals) : new Map();
  const gone = fresh.filter(({ count }) => count === null).map(({ id }) => id);
  const over = gone.length > 0 ? await completedThere(run, gone, arrivals) : new Set<string>();
  const left = fresh.map(({ id, count, fresh }) => {
    if (over.has(id)) return fresh + 1; // Never complete here.
    return there.has(id) ? Math.max(count ?? 0, fresh + there.get(id)!.pending) : count;
  });
  const ids = fresh.map(({ id }) => id);
  if (ids.length > 0) await run(RESIZE, [uuidArray(ids), int4Array(left)]);
  const ours = ids.filter((id) => !over.has(id));
  return () => (ours.length > 0 ? tellPython(run, ours, there) : Promise.resolve());
}

/**
 * Of chords without a counter those that Python has completed, as far as anybody can tell: what arrives now had ended
 * there before, and is told of by whoever looks after unfinished chords. A part of ours brings its result with it.
 */
async function completedThere(
  run: Run,
  chords: readonly string[],
  arrivals: readonly ChordArrival[],
): Promise<ReadonlySet<string>> {
  const mine = arrivals.filter(({ chordId }) => chords.includes(idKey(chordId)));
  const told = mine.filter(({ part, records = [] }) => records.every(({ taskId }) => taskId !== part.taskId));
  const rows = await run<{ readonly task: string }>(ENDED, [textArray(told.map(({ part }) => part.taskId))]);
  const ended = new Set(rows.map(({ task }) => task));
  const old = new Set(told.filter(({ part }) => ended.has(part.taskId)));
  const fresh = new Set(mine.filter((each) => !old.has(each)).map(({ chordId }) => idKey(chordId)));
  return new Set(chords.filter((id) => !fresh.has(id)));
}

async function tellPython(
  run: Run,
  ids: readonly string[],
  there: ReadonlyMap<string, EndedThere>,
): Promise<void> {
  const chords = await run<Left>(LEFT, [uuidArray(ids)]);
  const complete = chords.filter((chord) => chord.complete);
  const counted = chords.filter((chord) => !chord.complete && chord.members === null);
  const gone = chords.filter((chord) => !chord.complete && chord.members !== null);
  const lefts = (some: readonly Left[]) => int4Array(some.map((chord) => chord.left));
  const names = (some: readonly Left[]) => textArray(some.map((chord) => chord.name));
  if (counted.length > 0) await run(COUNT_DOWN, [names(counted), lefts(counted)]);
  if (gone.length > 0) {
    const members = gone.map((chord) => membersText(JSON.parse(chord.members!) as string[]));
    await run(COUNT_AGAIN, [names(gone), textArray(members), lefts(gone)]);
  }
  if (complete.length > 0) {
    await run(COMPLETE, [names(complete)]);
    await takeIn(
      run,
      complete.flatMap(({ id }) => there.get(id)?.parts ?? []),
    );
  }
}
