import { DriverError, PUT_TOGETHER, type ScheduleChange } from '@lovage/contracts';
import { inBatches } from '@lovage/contracts/kit';
import { type Run, repeatable, rounds, type Session, statement, textArray } from '@lovage/postgres/kit';
import { toParts } from './document.ts';
import { scheduleIds } from './schedule-rows.ts';
import { DEFINITION, ENTRIES, TIMES, version } from './sql.ts';
import { type BeatTables, COLUMNS, KINDS, TASKS } from './tables.ts';

/** Of all who change entries by Lovage one at a time, so that two do not make the same schedule. Ends with the transaction. */
const IN_TURN = repeatable(
  'django beat in turn',
  `select pg_advisory_xact_lock(hashtextextended('lovage django_celery_beat', 0))::text`,
);
const FIND = repeatable(
  'django beat find',
  `select p.id, p.name, ${version(DEFINITION)} as version from ${ENTRIES} where p.name = any($1::text[]) order by p.id for update of p`,
);

const REFERRING = KINDS.map((kind) => `${kind}_id`);
const WRITTEN = ['enabled', ...Object.keys(COLUMNS), ...REFERRING];
const GIVEN = `json_to_recordset($1::json) as n(id int8, name text, since int8, enabled bool,
    ${Object.entries(COLUMNS)
      .map(([column, type]) => `${column} ${type}`)
      .join(', ')}, ${REFERRING.map((column) => `${column} int4`).join(', ')})`;

const REPLACE = statement(
  'django beat replace',
  `update ${TASKS} p set ${WRITTEN.map((column) => `${column} = n.${column}`).join(', ')}, date_changed = statement_timestamp()
    from ${GIVEN} where p.id = n.id`,
);
const MAKE = statement(
  'django beat make',
  `insert into ${TASKS} (name, ${WRITTEN.join(', ')}, total_run_count, date_changed)
    select n.name, ${WRITTEN.map((column) => `n.${column}`).join(', ')}, 0, statement_timestamp() from ${GIVEN}
    on conflict (name) do nothing returning name`,
);
/** As we know them from now on. One that has had its only run may run again: somebody says so. */
const KNOW = statement(
  'django beat know',
  `insert into lovage.django_entries as e (id, since, times, definition, ran, spent)
    select p.id, n.since, ${TIMES}, ${DEFINITION}, p.last_run_at is not null, p.total_run_count
    from ${GIVEN} join (${ENTRIES}) on p.name = n.name
    on conflict (id) do update set since = excluded.since, times = excluded.times, definition = excluded.definition,
      ran = excluded.ran, spent = excluded.spent, version = e.version + 1`,
);
/** Later than before by all clocks: Python's beat looks for nothing else. */
export const TOUCH = repeatable(
  'django beat touch',
  `insert into django_celery_beat_periodictasks as p (ident, last_update) values (1, clock_timestamp())
    on conflict (ident) do update set last_update = greatest(clock_timestamp(), p.last_update + interval '1 microsecond')`,
);
const REMOVE = statement(
  'django beat remove',
  `with gone as (delete from ${TASKS} where name = any($1::text[]) returning id, name),
    forgotten as (delete from lovage.django_entries e using gone where e.id = gone.id)
  select name from gone`,
);

/** How often an entry is looked for that Django makes at the same moment. */
const ATTEMPTS = 5;

/** Inserts or replaces entries, as `ScheduleStore.put`. */
export async function put(
  database: Session,
  tables: BeatTables,
  changes: readonly ScheduleChange[],
): Promise<readonly boolean[]> {
  if (changes.length === 0) return [];
  await database.open(); // What columns there are must be known.
  if (tables.unknown.length > 0) {
    throw new DriverError(
      'refused',
      `${database.label}: entries of this django-celery-beat need ${tables.unknown.join(', ')}, of which this version of ` +
        'Lovage knows nothing: it runs entries that Django made, and makes none; update @lovage/django',
    );
  }
  const prepared = changes.map((change) => ({ ...change, ...toParts(change.name, change.definition) }));
  return inBatches(prepared, PUT_TOGETHER, (some) => putTogether(database, some));
}

type Prepared = ScheduleChange & ReturnType<typeof toParts>;

function putTogether(database: Session, changes: readonly Prepared[]): Promise<readonly boolean[]> {
  return database.transaction(async (run) => {
    await run(IN_TURN);
    const made = new Set<Prepared>();
    for (const round of rounds(changes)) {
      const names = await change(run, round);
      for (const each of round) if (names.has(each.name)) made.add(each);
    }
    if (made.size > 0) await run(TOUCH);
    return changes.map((each) => made.has(each));
  });
}

/** Names of those that were changed. */
async function change(run: Run, changes: readonly Prepared[]): Promise<ReadonlySet<string>> {
  const ids = await scheduleIds(run, changes);
  const done = new Set<string>();
  let rest = changes;
  for (let attempt = 0; rest.length > 0 && attempt < ATTEMPTS; attempt += 1) {
    const names = textArray(rest.map(({ name }) => name));
    const rows = await run<{ readonly id: number; readonly name: string; readonly version: string }>(FIND, [
      names,
    ]);
    const found = new Map(rows.map((row) => [row.name, row]));
    const replaced = rest.filter(({ name, replaces }) => {
      const there = found.get(name);
      return there && (replaces === undefined || replaces === there.version);
    });
    const made = rest.filter(({ name, replaces }) => !found.has(name) && (replaces ?? null) === null);
    const given = (some: readonly Prepared[]) => [
      JSON.stringify(some.map((each) => rowOf(each, found, ids))),
    ];
    if (replaced.length > 0) await run(REPLACE, given(replaced));
    for (const { name } of replaced) done.add(name);
    if (made.length > 0)
      for (const { name } of await run<{ readonly name: string }>(MAKE, given(made))) done.add(name);
    await run(KNOW, given(rest.filter(({ name }) => done.has(name))));
    // Somebody has just made it, so that it can be replaced.
    rest = made.filter(({ name, replaces }) => !done.has(name) && replaces === undefined);
  }
  if (rest.length > 0)
    throw new DriverError('unavailable', `entry '${rest[0]!.name}' comes and goes: try again`);
  return done;
}

function rowOf(
  { name, since, enabled, columns, schedules }: Prepared,
  found: ReadonlyMap<string, { readonly id: number }>,
  ids: (kind: (typeof KINDS)[number], row: object) => number,
): Readonly<Record<string, unknown>> {
  const references = KINDS.map((kind) => {
    const row = schedules.get(kind);
    return [`${kind}_id`, row ? ids(kind, row) : null] as const;
  });
  return { id: found.get(name)?.id, name, since, enabled, ...columns, ...Object.fromEntries(references) };
}

/** Answers in the order given whether it was there. */
export function remove(database: Session, names: readonly string[]): Promise<readonly boolean[]> {
  return database.transaction(async (run) => {
    const gone = await run<{ readonly name: string }>(REMOVE, [textArray(names)]);
    if (gone.length > 0) await run(TOUCH);
    const left = new Set(gone.map(({ name }) => name));
    return names.map((name) => left.delete(name));
  });
}
