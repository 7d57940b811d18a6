import { REVOCATIONS_KEPT, type RevocationStore } from '@lovage/contracts';
import { readStoredRevocation, type StoredRevocation, storedRevocation } from '@lovage/contracts/kit';
import type { Session } from './session.ts';

/** Rows of one transaction: a call with more is written in several, in order, so that others get a turn. */
const ADD_BATCH = 2000;

export function sqliteRevocations(database: Session): RevocationStore {
  return {
    async add(revocations) {
      const stored = revocations.map(storedRevocation);
      for (let from = 0; from < stored.length; from += ADD_BATCH) {
        const batch = stored.slice(from, from + ADD_BATCH);
        await database.write(() => insert(database, batch, Date.now()));
      }
    },

    async since(cursor = '0') {
      const asked = /^\d{1,15}$/.test(cursor) ? Number(cursor) : 0;
      return database.read(() => {
        const now = Date.now();
        const from = asked <= lastSeq(database) ? asked : 0;
        const rows = database
          .statement('select seq, key, until from revocations where seq > ? order by seq')
          .all(from) as unknown as Row[];
        return {
          revocations: rows
            .filter(({ until }) => until > now)
            .map(({ key, until }) => readStoredRevocation({ key, untilMs: until })),
          // Of what was read here: what others commit meanwhile has a higher number.
          cursor: String(rows.at(-1)?.seq ?? from),
        };
      });
    },

    close: () => database.close(),
  };
}

/** Inside a transaction. */
function insert(database: Session, batch: readonly StoredRevocation[], now: number): void {
  database.statement('delete from revocations where until <= ?').run(now);
  // What replaces a row gets a number of its own, so that followers read it again.
  const add = database.statement(`insert or replace into revocations (key, until) select ?1, ?2
    where not exists (select 1 from revocations where key = ?1 and until >= ?2)`);
  for (const { key, untilMs } of batch) if (untilMs > now) add.run(key, untilMs);
  dropOldest(database);
}

interface Row {
  readonly seq: number;
  readonly key: string;
  readonly until: number;
}

/** The highest number ever given; it stays when its row goes. */
function lastSeq(database: Session): number {
  const row = database.statement(`select seq from sqlite_sequence where name = 'revocations'`).get();
  return (row?.['seq'] as number | undefined) ?? 0;
}

/** Inside a transaction. Counts only where the numbers do not rule out that there are too many. */
function dropOldest(database: Session): void {
  const { span } = database
    .statement('select (select max(seq) from revocations) - (select min(seq) from revocations) as span')
    .get() as { readonly span: number | null };
  if (span === null || span < REVOCATIONS_KEPT) return;
  database
    .statement(`delete from revocations where seq <=
      (select seq from revocations order by seq desc limit 1 offset ${REVOCATIONS_KEPT})`)
    .run();
}
