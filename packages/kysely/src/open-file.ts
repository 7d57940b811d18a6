import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { SQLInputValue } from 'node:sqlite';
import { loadSqlite } from '@lovage/sqlite/kit';
import type { SqliteDatabase } from 'kysely';

/** How long a statement waits for another process that writes, in ms. Node:sqlite waits in the thread, so writes should be short. */
const BUSY_MS = 5_000;

/** A file as Kysely's dialect wants it: what better-sqlite3 calls `reader` is a statement with columns. */
export function openFile(path: string): SqliteDatabase {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
  const Database = loadSqlite();
  const database = new Database(path, { timeout: BUSY_MS, enableForeignKeyConstraints: true });
  // Readers and a writer do not wait for each other; a commit is on the disk before it is told, as on PostgreSQL.
  database.exec('pragma journal_mode = wal; pragma synchronous = full');
  return {
    close: () => database.close(),
    prepare(sql) {
      const statement = database.prepare(sql);
      const given = (parameters: readonly unknown[]) => parameters as readonly SQLInputValue[];
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...given(parameters)),
        run: (parameters) => statement.run(...given(parameters)),
        iterate: (parameters) => statement.iterate(...given(parameters)),
      };
    },
  };
}
