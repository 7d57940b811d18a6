import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** One open database, named as Node 22 to 25 name it. */
export type Connection = DatabaseSync;
export type Statement = StatementSync;

type Sqlite = typeof import('node:sqlite') & {
  /** What Node 26 calls DatabaseSync. */
  readonly Database?: typeof DatabaseSync;
};

let sqlite: Sqlite | undefined;

/** Opens a connection that never blocks on a lock: a busy file throws at once and the caller decides. */
export function connect(path: string): Connection {
  const Database = loadSqlite();
  return new Database(path, { timeout: 0 });
}

/** The class of node:sqlite that opens a file. */
export function loadSqlite(): typeof DatabaseSync {
  sqlite ??= load();
  return sqlite.Database ?? sqlite.DatabaseSync;
}

/**
 * Node 22 warns that node:sqlite is experimental as soon as it is loaded. We have made that choice for our
 * users, so that one warning is dropped, while it loads and no longer; every other warning passes.
 */
function load(): Sqlite {
  const warn = process.emitWarning;
  process.emitWarning = ((warning: string | Error, ...rest: unknown[]) => {
    if (rest[0] === 'ExperimentalWarning' && String(warning).includes('SQLite')) return;
    Reflect.apply(warn, process, [warning, ...rest]);
  }) as typeof process.emitWarning;
  try {
    return process.getBuiltinModule('node:sqlite');
  } finally {
    process.emitWarning = warn;
  }
}
