import type { StoredSchedule } from '@lovage/contracts';
import { repeatable, type Session, textArray } from '@lovage/postgres/kit';
import { toDefinition } from './document.ts';
import { ANSWERED, CHANGED, DEFINITION, ENTRIES, ms, TIMES } from './sql.ts';
import { TASKS } from './tables.ts';

const LAST_RUN = ms('p.last_run_at');

/**
 * Notes what differs from what was seen: due times of an entry that was made, enabled or given other times count from
 * then. Django leaves no other trace of the last two, and takes away the last run of what it disables. What has run
 * before anybody looked goes on from there.
 */
const NOTE = repeatable(
  'django beat note',
  `insert into lovage.django_entries as e (id, since, times, definition, ran, spent)
    select l.id,
      case when l.times is not distinct from l.known_times and not (l.known_ran and l.last_run is null) then l.known_since
        when l.known_since is null and l.last_run is not null then l.last_run
        else l.changed end,
      l.times, l.definition, l.last_run is not null, least(l.spent, l.runs)
    from (select p.id, ${TIMES} as times, ${DEFINITION} as definition, ${LAST_RUN} as last_run, p.total_run_count as runs,
        e.times as known_times, e.definition as known_definition, e.ran as known_ran, e.since as known_since,
        coalesce(e.spent, 0) as spent, now.changed
      from ${ENTRIES} cross join (select ${CHANGED} as changed) now
      where $1::text[] is null or p.name = any($1::text[])) l
    where l.known_since is null or l.times is distinct from l.known_times or l.definition is distinct from l.known_definition
      or l.known_ran <> (l.last_run is not null) or l.spent > l.runs
    order by l.id
    on conflict (id) do update set since = excluded.since, times = excluded.times, definition = excluded.definition,
      ran = excluded.ran, spent = excluded.spent,
      version = e.version + (e.since <> excluded.since or e.definition is distinct from excluded.definition)::int`,
  { limitMs: 60_000 },
);
const FORGET_GONE = repeatable(
  'django beat forget gone',
  `delete from lovage.django_entries e where not exists (select from ${TASKS} p where p.id = e.id)`,
  { limitMs: 60_000 },
);
/** By the code points of their names, as everywhere. */
const LIST = repeatable(
  'django beat list',
  `select ${ANSWERED} from ${ENTRIES} where $1::text[] is null or p.name = any($1::text[]) order by p.name collate "C"`,
  { limitMs: 60_000 },
);

interface Row {
  readonly name: string;
  readonly enabled: boolean;
  readonly since: number | null;
  readonly last_run: number | null;
  readonly last_sent: number | null;
  readonly runs: number;
  readonly version: string;
}

/** Entries as they are now; all of them where no names are given. */
export async function look(database: Session, names?: readonly string[]): Promise<readonly StoredSchedule[]> {
  const of = names === undefined ? null : textArray(names);
  await database.run(NOTE, [of]);
  if (names === undefined) await database.run(FORGET_GONE);
  const rows = await database.run<Row & Record<string, string | number | boolean | null>>(LIST, [of]);
  return rows.map((row) => ({
    name: row.name,
    definition: toDefinition(row),
    enabled: row.enabled,
    // Made between the two looks: it is not due yet.
    since: row.since ?? Date.now(),
    lastRun: row.last_run ?? undefined,
    lastSent: row.last_sent ?? undefined,
    runs: row.runs,
    version: row.version,
  }));
}
