import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { CompiledQuery, Transaction } from 'kysely';

/**
 * A transaction that the caller began and will end: of Kysely, or a connection of node:sqlite, or a client of `pg`, or what
 * `drizzleTx`, `prismaTx` and `postgresJsTx` of `@lovage/postgres` make of others.
 */
// biome-ignore lint/suspicious/noExplicitAny: a transaction over any tables
export type CallerTransaction = Transaction<any> | DatabaseSync | QueryingTransaction;

export interface QueryingTransaction {
  /** Runs one statement with its parameters `$1`, `$2`. */
  query(text: string, values: readonly unknown[]): PromiseLike<unknown>;
}

/**
 * Runs a statement in it.
 *
 * @throws TypeError for what is no transaction, would commit by itself, or is of another kind of database than the outbox
 */
export async function runIn(
  tx: CallerTransaction,
  statement: CompiledQuery,
  postgres: boolean,
): Promise<void> {
  const { sql, parameters } = statement;
  if (isKysely(tx)) {
    if (!tx.isTransaction)
      throw refused('it is a Kysely without a transaction: pass that of db.transaction()');
    await tx.executeQuery(statement);
  } else if (isSqlite(tx)) {
    if (postgres) throw refused('it is of SQLite, and the outbox is in PostgreSQL');
    if (!tx.isTransaction) throw refused("it has begun none: exec('begin immediate') first");
    tx.prepare(sql).run(...(parameters as readonly SQLInputValue[]));
  } else if (isQuerying(tx)) {
    if (!postgres) throw refused('it is of PostgreSQL, and the outbox is in SQLite');
    await tx.query(sql, [...parameters]);
  } else {
    throw refused(
      'it is none: pass that of Kysely, a connection of node:sqlite or a client of pg that began one',
    );
  }
}

// biome-ignore lint/suspicious/noExplicitAny: a transaction over any tables
function isKysely(tx: CallerTransaction): tx is Transaction<any> {
  return typeof (tx as { executeQuery?: unknown } | null)?.executeQuery === 'function';
}

function isSqlite(tx: CallerTransaction): tx is DatabaseSync {
  const { prepare, exec } = (tx ?? {}) as Partial<DatabaseSync>;
  return typeof prepare === 'function' && typeof exec === 'function';
}

function isQuerying(tx: CallerTransaction): tx is QueryingTransaction {
  if (typeof (tx as Partial<QueryingTransaction> | null)?.query !== 'function') return false;
  const { totalCount, getTransactionStatus } = tx as {
    readonly totalCount?: unknown;
    readonly getTransactionStatus?: () => string | null;
  };
  if (totalCount !== undefined)
    throw refused('it is a pool, which takes any of its connections: pass the client that began it');
  if (getTransactionStatus?.call(tx) === 'I') throw refused('it is a client that has begun none');
  return true;
}

function refused(why: string): TypeError {
  return new TypeError(`outbox.emit takes the transaction that the event is part of, and ${why}`);
}
