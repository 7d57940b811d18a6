import { isPostgres } from '@lovage/kysely';
import { type Kysely, sql, type Transaction } from 'kysely';

export const FORMAT = 'lovage-backup-json';
/** Rows that are in memory at once. */
const PAGE = 1_000;

/** Lines of JSON: what this is, each row under its table, and how many there were of each. */
export async function* linesOf<Schema>(
  db: Kysely<Schema>,
  without: Readonly<Record<string, readonly string[]>>,
): AsyncGenerator<string> {
  const postgres = isPostgres(db);
  const tables = (await db.introspection.getTables())
    .filter(({ isView, schema }) => !isView && (!postgres || schema === 'public'))
    .map(({ name }) => name)
    .sort();
  const unknown = Object.keys(without).filter((name) => !tables.includes(name));
  if (unknown.length > 0)
    throw new Error(
      `there is no table ${unknown.join(', ')} to leave columns out of; there are ${tables.join(', ')}`,
    );
  yield line({
    format: FORMAT,
    version: 1,
    at: new Date().toISOString(),
    from: postgres ? 'postgresql' : 'sqlite',
  });

  const counts: Record<string, number> = {};
  // One moment for all tables.
  const begun = await db
    .startTransaction()
    .setAccessMode('read only')
    .setIsolationLevel(postgres ? 'repeatable read' : 'serializable')
    .execute();
  try {
    for (const table of tables) {
      counts[table] = 0;
      for await (const row of rowsOf(begun, table, postgres)) {
        for (const column of without[table] ?? []) delete row[column];
        counts[table] += 1;
        yield line({ table, row: plain(row) });
      }
    }
    yield line({ end: true, counts });
  } finally {
    await begun.rollback().execute();
  }
}

const line = (value: unknown): string => `${JSON.stringify(value)}\n`;

async function* rowsOf<Schema>(
  tx: Transaction<Schema>,
  table: string,
  postgres: boolean,
): AsyncGenerator<Record<string, unknown>> {
  if (postgres) {
    await sql`declare lovage_export no scroll cursor for select * from ${sql.id('public', table)}`.execute(
      tx,
    );
    for (;;) {
      const { rows } = await sql<Record<string, unknown>>`fetch ${sql.lit(PAGE)} from lovage_export`.execute(
        tx,
      );
      yield* rows;
      if (rows.length < PAGE) break;
    }
    await sql`close lovage_export`.execute(tx);
  } else {
    // node:sqlite iterates; Kysely hands the rows on one by one.
    const anyTable = tx as unknown as Transaction<Record<string, Record<string, unknown>>>;
    for await (const row of anyTable.selectFrom(table).selectAll().stream()) yield { ...row };
  }
}

/** What JSON has no form for: bytes are `{ "$base64": "…" }`, what is no finite number is text. */
function plain(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => {
      if (value instanceof Uint8Array) return [name, { $base64: Buffer.from(value).toString('base64') }];
      if (typeof value === 'bigint' || (typeof value === 'number' && !Number.isFinite(value)))
        return [name, String(value)];
      return [name, value];
    }),
  );
}
