import { REVOCATIONS_KEPT, type RevocationStore } from '@lovage/contracts';
import { readStoredRevocation, type StoredRevocation, storedRevocation } from '@lovage/contracts/kit';
import { int8Array, textArray } from './database/arrays.ts';
import type { Run } from './database/database.ts';
import type { Session } from './database/session.ts';
import { repeatable, statement } from './database/statement.ts';

/** Rows of one transaction: a call with more is written in several, in order, so that others get a turn. */
const ADD_BATCH = 2000;

/** One at a time, until its commit: so numbers become visible in their order, and whoever follows misses none. */
const DRAW = statement('draw', 'update lovage.revocation_sequence set last = last + $1 returning last');
const FORGET_ENDED = repeatable('forget ended', 'delete from lovage.revocations where until <= $1');
/** What replaces a row gets a number of its own, so that followers read it again. */
const ADD = statement(
  'add revocations',
  `insert into lovage.revocations as old (seq, key, until)
    select $1::int8 + o, key, until from unnest($2::text[], $3::int8[]) with ordinality as r(key, until, o)
    on conflict (key) do update set seq = excluded.seq, until = excluded.until where old.until < excluded.until`,
);
/** Counts only where the numbers do not rule out that there are too many. */
const SPAN = repeatable('span', 'select max(seq) - min(seq) as span from lovage.revocations');
const DROP_OLDEST = repeatable(
  'drop oldest',
  `delete from lovage.revocations where seq <=
    (select seq from lovage.revocations order by seq desc limit 1 offset ${REVOCATIONS_KEPT})`,
);
const SINCE = repeatable(
  'since',
  `select r.seq, r.key, r.until, s.last from lovage.revocation_sequence s
    left join lovage.revocations r on r.seq > case when $1::int8 <= s.last then $1::int8 else 0 end order by r.seq`,
);

interface Row {
  readonly seq: number | null;
  readonly key: string;
  readonly until: number;
  /** The highest number ever given; it stays when its row goes. */
  readonly last: number;
}

export function postgresRevocations(database: Session): RevocationStore {
  return {
    async add(revocations) {
      await database.open();
      const stored = latest(revocations.map(storedRevocation));
      for (let from = 0; from < stored.length; from += ADD_BATCH) {
        const batch = stored.slice(from, from + ADD_BATCH);
        await database.transaction((run) => insert(run, batch, Date.now()));
      }
    },

    async since(cursor = '0') {
      const asked = /^\d{1,15}$/.test(cursor) ? Number(cursor) : 0;
      const rows = await database.run<Row>(SINCE, [asked]);
      const now = Date.now();
      const found = rows.filter((row) => row.seq !== null);
      return {
        revocations: found
          .filter(({ until }) => until > now)
          .map(({ key, until }) => readStoredRevocation({ key, untilMs: until })),
        // Of what was read here: what others commit meanwhile has a higher number.
        cursor: String(found.at(-1)?.seq ?? (asked <= rows[0]!.last ? asked : 0)),
      };
    },

    close: () => database.close(),
  };
}

/** One for each key: a statement may not change a row twice. */
function latest(stored: readonly StoredRevocation[]): StoredRevocation[] {
  const byKey = new Map<string, StoredRevocation>();
  for (const each of stored) {
    const other = byKey.get(each.key);
    if (!other || other.untilMs < each.untilMs) byKey.set(each.key, each);
  }
  return [...byKey.values()];
}

async function insert(run: Run, batch: readonly StoredRevocation[], now: number): Promise<void> {
  const alive = batch.filter(({ untilMs }) => untilMs > now);
  const [drawn] = await run<{ readonly last: number }>(DRAW, [alive.length]);
  await run(FORGET_ENDED, [now]);
  await run(ADD, [
    drawn!.last - alive.length,
    textArray(alive.map(({ key }) => key)),
    int8Array(alive.map(({ untilMs }) => untilMs)),
  ]);
  const [row] = await run<{ readonly span: number | null }>(SPAN);
  if ((row?.span ?? 0) >= REVOCATIONS_KEPT) await run(DROP_OLDEST);
}
