import type {
  ChordArrival,
  ChordMember,
  ChordPart,
  ChordProgress,
  ChordStore,
  ResultRecord,
  ReviewedChord,
} from '@lovage/contracts';
import { boolArray, byteaArray, int4Array, textArray, uuidArray } from '../database/arrays.ts';
import type { Run } from '../database/database.ts';
import type { Session } from '../database/session.ts';
import { sharing } from '../database/sharing.ts';
import { NOW_MS, repeatable, type Statement, statement } from '../database/statement.ts';
import { idColumns, idKey } from '../ids.ts';
import { type ChordCompany, withOurResults } from './chord-company.ts';
import { announceTasks } from './news.ts';

/** Calls in one transaction. */
const BATCH = 200;

const OPEN = repeatable(
  'open chord',
  `insert into lovage.chords (id, name, size, members, plan, seen, expires)
    values ($1, $2, $3, $4, $5, ${NOW_MS}, ${NOW_MS} + $6::int8) on conflict (id) do nothing`,
);
const GROW = repeatable(
  'grow chord',
  `with added as (
    insert into lovage.chord_grown (chord, task, name, idx)
    select id, $2::uuid, $3::text, $4::int from lovage.chords where id = $1 on conflict do nothing returning chord)
  update lovage.chords set size = size + 1 where id in (select chord from added)`,
);
/** In one order, so that two transactions with the same chords cannot wait for each other. */
const LOCK = repeatable(
  'lock chords',
  `select id from lovage.chords where id = any($1::uuid[]) and expires > ${NOW_MS} order by id for update`,
);
/** The part that completes a chord is the one with which there are enough; it is told so each time it arrives. */
const ARRIVE = statement(
  'arrive',
  `with arriving as (
    select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::int4[], $5::text[], $6::bytea[], $7::bool[])
      with ordinality as a(chord, task, name, idx, state, payload, held, n)
  ), added as (
    insert into lovage.chord_parts (chord, task, name, idx, state, payload)
    select distinct on (chord, task) chord, task, name, idx, state, payload
    from arriving where chord = any($8::uuid[]) order by chord, task, n
    on conflict do nothing returning chord, task
  ), told as (
    select c.id, array_length(t.tasks, 1) as count,
      coalesce(c.winner, case when c.arrived + array_length(t.tasks, 1) >= c.size
        then t.tasks[greatest(1, c.size - c.arrived)] end) as winner
    from lovage.chords c left join (
      select chord, array_agg(task order by first) as tasks
      from (select chord, task, min(n) as first from added join arriving using (chord, task) group by chord, task) as a
      group by chord
    ) as t on t.chord = c.id
    where c.id = any($1::uuid[])
  ), counted as (
    select t.*, (select held from arriving a where a.chord = t.id and a.task = t.winner order by n desc limit 1) as held
    from told as t
  )
  update lovage.chords c set arrived = c.arrived + coalesce(k.count, 0), winner = k.winner,
    completed = case when k.held is null then c.completed else coalesce(c.completed, ${NOW_MS}) end,
    held = coalesce(k.held, c.held)
  from counted as k where c.id = k.id and (k.count > 0 or k.held is not null)
  returning c.id, case when k.held is null then null else c.winner end as winner`,
);
const PARTS = repeatable(
  'parts',
  `select chord, coalesce(name, task::text) as "taskId", idx as index, state, payload
    from lovage.chord_parts where chord = any($1::uuid[]) order by idx, "taskId"`,
);
const GROWN = repeatable(
  'grown',
  `select chord, coalesce(name, task::text) as "taskId", idx as index
    from lovage.chord_grown where chord = any($1::uuid[]) order by idx, "taskId"`,
);
const DROP_ALL = `dropped_parts as (delete from lovage.chord_parts where chord in (select id from gone)),
  dropped_grown as (delete from lovage.chord_grown where chord in (select id from gone))
  select count(*)::int as gone from gone`;
const DROP = repeatable(
  'drop chord',
  `with gone as (delete from lovage.chords where id = $1 returning id), ${DROP_ALL}`,
);
const SWEEP = repeatable(
  'sweep chords',
  `with gone as (delete from lovage.chords where id = any (array(
    select id from lovage.chords where expires <= ${NOW_MS} order by expires limit $1)) returning id), ${DROP_ALL}`,
  { limitMs: 60_000 },
);
const REVIEW = statement(
  'review chords',
  `update lovage.chords set seen = ${NOW_MS} where id = any (array(
    select id from lovage.chords where seen <= ${NOW_MS} - $1::int8 and expires > ${NOW_MS}
    order by seen limit $2 for update skip locked))
  returning id, name, members, plan, winner, not held and completed <= ${NOW_MS} - $1::int8 as lost`,
);

interface Arrival {
  readonly chord: string;
  readonly given: ChordArrival;
  readonly records: readonly ResultRecord[];
}

interface ChordRow {
  readonly id: string;
  readonly name: string | null;
  readonly members: string;
  readonly plan: Uint8Array;
  readonly winner: string | null;
  readonly lost: boolean | null;
}

/**
 * Arrivals are counted on the chord's own row, so the last of 5,000 parts costs no more than the first.
 *
 * @param company where the results are that are kept with the count, and what else follows it in the same transaction
 */
export function postgresChords(database: Session, company: ChordCompany = withOurResults): ChordStore {
  const arrive = sharing<readonly Arrival[], readonly ChordProgress[]>(
    async (calls) => {
      const arrivals = calls.flat();
      const answers = await database.transaction((run) => arriveAll(run, arrivals, company));
      announceTasks(
        database,
        arrivals.flatMap((each) => each.records.map(({ taskId }) => taskId)),
      );
      const rest = [...answers];
      return calls.map((call) => rest.splice(0, call.length));
    },
    { maxItems: BATCH, concurrency: 2 },
  );

  /** What the company does comes first: it may lock rows that Python locks alone. */
  async function both(
    statement: Statement,
    values: readonly unknown[],
    theirs?: (run: Run) => Promise<void>,
  ): Promise<void> {
    if (!theirs) await database.run(statement, values);
    else {
      await database.transaction(async (run) => {
        await theirs(run);
        await run(statement, values);
      });
    }
  }

  return {
    async open(chord) {
      const { id, members, plan, ttlMs } = chord;
      const { key, name } = idColumns(id);
      const values = [key, name, members.length, JSON.stringify(members), plan, Math.ceil(ttlMs)];
      await both(OPEN, values, company.open && ((run) => company.open!(run, chord)));
    },

    async grow(chordId, member) {
      const { key, name } = idColumns(member.taskId);
      const values = [idKey(chordId), key, name, member.index];
      await both(GROW, values, company.grow && ((run) => company.grow!(run, chordId, member)));
    },

    async arrive(arrivals) {
      if (arrivals.length === 0) return [];
      return arrive(
        arrivals.map((given) => ({ chord: idKey(given.chordId), given, records: given.records ?? [] })),
      );
    },

    async drop(chordId) {
      await both(DROP, [idKey(chordId)], company.drop && ((run) => company.drop!(run, chordId)));
    },

    review: (afterMs, limit) =>
      database.transaction(async (run) => {
        const chords = await run<ChordRow>(REVIEW, [Math.ceil(afterMs), limit]);
        if (chords.length === 0) return [];
        const keys = uuidArray(chords.map((chord) => chord.id));
        const parts = await run<PartRow>(PARTS, [keys]);
        const grown = await run<MemberRow>(GROWN, [keys]);
        return chords.map((chord) => reviewed(chord, parts, grown));
      }),
  };
}

/** Answers how many went. */
export async function sweepChords(database: Session, limit: number): Promise<number> {
  const [row] = await database.run<{ readonly gone: number }>(SWEEP, [limit]);
  return row!.gone;
}

async function arriveAll(
  run: Run,
  arrivals: readonly Arrival[],
  company: ChordCompany,
): Promise<ChordProgress[]> {
  const records = arrivals.flatMap((each) => each.records);
  const given = arrivals.map((each) => each.given);
  const parts = given.map(({ part }) => ({ ...part, ...idColumns(part.taskId) }));
  const chords = uuidArray(arrivals.map((each) => each.chord));
  await company.meet?.(run, given);
  // Unknown, dropped or expired: nobody waits for it any more.
  const open = await run<{ readonly id: string }>(LOCK, [chords]);
  if (records.length > 0) await company.keep(run, records);
  const afterwards = await company.size?.(run, given);
  const told = await run<{ readonly id: string; readonly winner: string | null }>(ARRIVE, [
    chords,
    uuidArray(parts.map((part) => part.key)),
    textArray(parts.map((part) => part.name)),
    int4Array(parts.map((part) => part.index)),
    textArray(parts.map((part) => part.state)),
    byteaArray(parts.map((part) => part.payload)),
    boolArray(given.map(({ held = false }) => held)),
    uuidArray(open.map((chord) => chord.id)),
  ]);
  const winners = new Map(told.flatMap(({ id, winner }) => (winner === null ? [] : [[id, winner]])));
  await afterwards?.();
  const all = winners.size > 0 ? await run<PartRow>(PARTS, [uuidArray([...winners.keys()])]) : [];
  return arrivals.map(({ chord }, i) =>
    winners.get(chord) === parts[i]!.key
      ? { complete: true, parts: ofChord(all, chord) }
      : { complete: false },
  );
}

type PartRow = ChordPart & { readonly chord: string };
type MemberRow = ChordMember & { readonly chord: string };

function ofChord(rows: readonly PartRow[], chord: string): ChordPart[] {
  return rows
    .filter((row) => row.chord === chord)
    .map(({ taskId, index, state, payload }) => ({ taskId, index, state, payload }));
}

function reviewed(chord: ChordRow, parts: readonly PartRow[], grown: readonly MemberRow[]): ReviewedChord {
  const mine = ofChord(parts, chord.id);
  const arrived = new Set(mine.map(({ taskId }) => taskId));
  const first = (JSON.parse(chord.members) as readonly string[]).map((taskId, index) => ({ taskId, index }));
  const later = grown.filter((row) => row.chord === chord.id).map(({ taskId, index }) => ({ taskId, index }));
  const last = chord.lost ? mine.find(({ taskId }) => idKey(taskId) === chord.winner) : undefined;
  return {
    id: chord.name ?? chord.id,
    plan: chord.plan,
    missing: [...first, ...later].filter(({ taskId }) => !arrived.has(taskId)),
    ...(last ? { last } : {}),
  };
}
