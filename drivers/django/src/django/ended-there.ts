import type { ChordArrival } from '@lovage/contracts';
import {
  byteaArray,
  idColumns,
  idKey,
  int4Array,
  type Run,
  repeatable,
  textArray,
  uuidArray,
} from '@lovage/postgres/kit';
import { jsonOr, unreadable } from '../document.ts';

const CHORDS = repeatable(
  'django chord members',
  'select id, arrived, members from lovage.chords where id = any($1::uuid[])',
);
const GROWN = repeatable(
  'django grown members',
  'select chord, coalesce(name, task::text) as task, idx as place from lovage.chord_grown where chord = any($1::uuid[])',
);
const COUNTED = repeatable(
  'django counted members',
  'select chord, coalesce(name, task::text) as task from lovage.chord_parts where chord = any($1::uuid[])',
);
/** Which of these tasks have ended, and how. */
export const ENDED = repeatable(
  'django parts of python',
  `select task_id as task, status, content_type as type, result from django_celery_results_taskresult
    where task_id = any($1::text[]) and status in ('SUCCESS', 'FAILURE', 'REVOKED')`,
);
const TAKE_IN = repeatable(
  'django take in parts',
  `insert into lovage.chord_parts (chord, task, name, idx, state, payload)
    select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::int4[], $5::text[], $6::bytea[]) on conflict do nothing`,
);

/** What is known of a chord's members besides the parts that were counted here. */
export interface EndedThere {
  /** Members that have neither ended nor are arriving now. */
  readonly pending: number;
  readonly parts: readonly TheirPart[];
}

/** The end of a member that ran in Python. */
export interface TheirPart {
  readonly chord: string;
  readonly task: string;
  readonly place: number;
  readonly state: string;
  readonly payload: string;
}

interface EndedRow {
  readonly task: string;
  readonly status: string;
  readonly type: string;
  readonly result: string | null;
}

interface Place {
  readonly chord: string;
  readonly task: string;
  readonly place: number;
}

/** Asks the results of members that were not counted here, by the chord's key. All of a header are read: so only at its end. */
export async function endedThere(
  run: Run,
  chords: readonly string[],
  arrivals: readonly ChordArrival[],
): Promise<ReadonlyMap<string, EndedThere>> {
  const keys = [uuidArray(chords)];
  const found = await run<{ readonly id: string; readonly arrived: number; readonly members: string }>(
    CHORDS,
    keys,
  );
  const grown = await run<Place>(GROWN, keys);
  const here = new Set((await run<Omit<Place, 'place'>>(COUNTED, keys)).map(nameOf));
  const arriving = new Set(
    arrivals.map(({ chordId, part }) => nameOf({ chord: idKey(chordId), task: part.taskId })),
  );
  const members = found.map((chord) => ({ ...chord, all: [...placesOf(chord), ...of(chord.id, grown)] }));
  const others = members.flatMap(({ all }) =>
    all.filter((each) => !here.has(nameOf(each)) && !arriving.has(nameOf(each))),
  );
  const ended =
    others.length > 0 ? await run<EndedRow>(ENDED, [textArray(others.map(({ task }) => task))]) : [];
  const byTask = new Map(ended.map((row) => [row.task, row]));
  return new Map(
    members.map(({ id, arrived, all }) => {
      const parts = of(id, others).flatMap((place) => partOf(place, byTask.get(place.task)));
      const fresh = [...arriving].filter((name) => name.startsWith(id) && !here.has(name)).length;
      return [id, { pending: Math.max(0, all.length - arrived - fresh - parts.length), parts }];
    }),
  );
}

/** Keeps what Python's workers ran of headers that are complete beside the parts that were counted here. */
export async function takeIn(run: Run, parts: readonly TheirPart[]): Promise<void> {
  if (parts.length === 0) return;
  const tasks = parts.map(({ task }) => idColumns(task));
  await run(TAKE_IN, [
    uuidArray(parts.map(({ chord }) => chord)),
    uuidArray(tasks.map(({ key }) => key)),
    textArray(tasks.map(({ name }) => name)),
    int4Array(parts.map(({ place }) => place)),
    textArray(parts.map(({ state }) => state)),
    byteaArray(parts.map(({ payload }) => Buffer.from(payload))),
  ]);
}

const nameOf = ({ chord, task }: Omit<Place, 'place'>): string => `${chord} ${task}`;

const of = <T extends { readonly chord: string }>(chord: string, all: readonly T[]): readonly T[] =>
  all.filter((each) => each.chord === chord);

function placesOf({ id, members }: { readonly id: string; readonly members: string }): Place[] {
  return (JSON.parse(members) as string[]).map((task, place) => ({ chord: id, task, place }));
}

function partOf({ chord, task, place }: Place, row: EndedRow | undefined): TheirPart[] {
  return row ? [{ chord, task, place, state: row.status, payload: payloadOf(row) }] : [];
}

function payloadOf({ task, type, result }: EndedRow): string {
  if (type !== 'application/json') return unreadable(`value of content type ${type} (task ${task})`);
  const json = jsonOr(result || 'null', undefined);
  return json ?? unreadable(`value that is not the JSON it should be (task ${task})`);
}
