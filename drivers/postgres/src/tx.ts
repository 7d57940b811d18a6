import { DriverError } from '@lovage/contracts';

/**
 * A transaction that was begun and will be ended by somebody else: how to run a statement in it. A client of `pg` is one
 * as it is; `kyselyTx`, `drizzleTx`, `prismaTx` and `postgresJsTx` make one of what others call so.
 */
export interface SqlTransaction {
  /** Runs one statement with its parameters `$1`, `$2`, which are texts. */
  query(text: string, values: readonly unknown[]): Promise<unknown>;
}

/** Of `db.transaction().execute(async (trx) => …)`. */
export function kyselyTx(trx: { executeQuery(query: never): Promise<unknown> }): SqlTransaction {
  return {
    query(text, parameters) {
      const query = { kind: 'RawNode', sqlFragments: [text], parameters: [] };
      const compiled = { sql: text, parameters, query, queryId: { queryId: 'lovage' } };
      return trx.executeQuery(compiled as never);
    },
  };
}

/** Of `db.transaction(async (tx) => …)`, and the `sql` that drizzle-orm exports. */
export function drizzleTx(
  tx: { execute(query: never): PromiseLike<unknown> },
  sql: (strings: TemplateStringsArray, ...values: never[]) => unknown,
): SqlTransaction {
  return {
    async query(text, values) {
      const parts = text.split(/\$\d+/);
      const strings = Object.assign(parts, { raw: parts });
      return await tx.execute(sql(strings, ...(values as never[])) as never);
    },
  };
}

/** Of `prisma.$transaction(async (tx) => …)`. */
export function prismaTx(tx: {
  $executeRawUnsafe(query: string, ...values: unknown[]): PromiseLike<unknown>;
}): SqlTransaction {
  return { query: async (text, values) => await tx.$executeRawUnsafe(text, ...values) };
}

/** Of `sql.begin(async (sql) => …)` of postgres.js. */
export function postgresJsTx(sql: {
  unsafe(query: string, values: never[]): PromiseLike<unknown>;
}): SqlTransaction {
  return { query: async (text, values) => await sql.unsafe(text, values as never[]) };
}

/** @throws DriverError 'refused' for what is none, or would commit each statement by itself */
export function asTransaction(tx: unknown): SqlTransaction {
  if (typeof (tx as Partial<SqlTransaction> | null)?.query !== 'function') {
    throw refused(
      'tx must be the client of pg that began the transaction, or what kyselyTx, drizzleTx, prismaTx or postgresJsTx makes',
    );
  }
  const { totalCount, getTransactionStatus } = tx as {
    readonly totalCount?: unknown;
    readonly getTransactionStatus?: () => string | null;
  };
  if (totalCount !== undefined) {
    throw refused(
      'tx is a pool, which takes any of its connections: pass the client that began the transaction',
    );
  }
  if (getTransactionStatus?.call(tx) === 'I') throw refused('tx is a client that has begun no transaction');
  return tx as SqlTransaction;
}

function refused(why: string): DriverError {
  return new DriverError('refused', `postgres: ${why}`);
}
