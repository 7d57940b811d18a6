import { DriverError } from '@lovage/contracts';
import { type Run, type Statement, statement } from '@lovage/postgres/kit';
import type { Parts } from './document.ts';
import { KINDS, type Kind, SCHEDULES, tableOf } from './tables.ts';

/** Rows that say the same are one, as in Python: it looks for one before it makes another. */
const FIND_OR_MAKE = Object.fromEntries(KINDS.map((kind) => [kind, findOrMake(kind)])) as Record<
  Kind,
  Statement
>;

function findOrMake(kind: Kind): Statement {
  const columns = Object.entries(SCHEDULES[kind]);
  const names = columns.map(([column]) => column).join(', ');
  const same = (a: string, b: string) =>
    columns.map(([column]) => `${a}.${column} = ${b}.${column}`).join(' and ');
  return statement(
    `django beat ${kind}s`,
    `with given as (
      select * from json_to_recordset($1::json) as n(o int4, ${columns.map((column) => column.join(' ')).join(', ')})
    ), found as (
      select n.o, min(t.id) as id from given n join ${tableOf(kind)} t on ${same('t', 'n')} group by n.o
    ), made as (
      insert into ${tableOf(kind)} (${names}) select ${names} from given n where not exists (select from found where found.o = n.o)
        on conflict do nothing returning id, ${names}
    )
    select n.o, coalesce(found.id, made.id) as id from given n left join found on found.o = n.o left join made on ${same('made', 'n')}`,
  );
}

/** Two looks: Django may have made the same at this moment. */
const ATTEMPTS = 2;

/** Finds the rows of these schedules, or makes them. Answers their ids. */
export async function scheduleIds(
  run: Run,
  all: readonly Parts[],
): Promise<(kind: Kind, row: object) => number> {
  const known = new Map<string, number>();
  const keyOf = (kind: Kind, row: object): string => `${kind} ${JSON.stringify(row)}`;
  for (const kind of KINDS) {
    const rows = new Map<string, object>();
    for (const { schedules } of all) {
      const row = schedules.get(kind);
      if (row) rows.set(keyOf(kind, row), row);
    }
    const keys = [...rows.keys()];
    for (let attempt = 0; attempt < ATTEMPTS && keys.some((key) => !known.has(key)); attempt += 1) {
      const given = keys.map((key, o) => ({ ...rows.get(key), o }));
      const found = await run<{ readonly o: number; readonly id: number | null }>(FIND_OR_MAKE[kind], [
        JSON.stringify(given),
      ]);
      for (const { o, id } of found) if (id !== null) known.set(keys[o]!, id);
    }
  }
  return (kind, row) => {
    const id = known.get(keyOf(kind, row));
    if (id === undefined)
      throw new DriverError('unavailable', `a ${kind} of django-celery-beat comes and goes: try again`);
    return id;
  };
}
