import { existsSync } from 'node:fs';
import { loadSqlite, pathFromUrl } from '@lovage/sqlite/kit';
import { BackupFailed } from '../errors.ts';
import type { Backup } from '../file.ts';
import { type Target, writeBackup } from '../write.ts';

export interface CopyOptions extends Target {
  /** `sqlite:///path/of/the.db`. */
  readonly url: string;
}

/** Pages copied in one turn of the event loop; writers of the database come between. */
const RATE = 500;

/** A backup of a SQLite database while others read and write it, by SQLite's own online backup. @throws BackupFailed */
export async function copySqlite({ url, ...target }: CopyOptions): Promise<Backup> {
  const source = pathFromUrl(url);
  return writeBackup(target, 'sqlite', (path) => copyAlone(source, path), checkSqlite);
}

/** @throws BackupFailed where SQLite finds fault with the file */
export async function checkSqlite(path: string): Promise<void> {
  const Database = loadSqlite();
  const db = new Database(path, { readOnly: true });
  try {
    const faults = db
      .prepare('pragma integrity_check(10)')
      .all()
      .map((row) => String(row['integrity_check']));
    if (faults.join() !== 'ok') throw new BackupFailed(`${path} is damaged: ${faults.join('; ')}`);
  } finally {
    db.close();
  }
}

/**
 * Puts a copy back, also while others have the database open: they see all of it or nothing.
 * @throws BackupFailed where there is a database already, without `overwrite`
 */
export async function restoreSqlite(path: string, url: string, overwrite = false): Promise<void> {
  const target = pathFromUrl(url);
  if (!overwrite && existsSync(target))
    throw new BackupFailed(`${target} is there already: say that it may be overwritten`);
  await checkSqlite(path);
  await copy(path, target);
}

/** A copy of a database with a write-ahead log wants one too, in files beside it. */
async function copyAlone(from: string, to: string): Promise<void> {
  await copy(from, to);
  const Database = loadSqlite();
  const db = new Database(to);
  try {
    db.exec('pragma journal_mode = delete');
  } finally {
    db.close();
  }
}

async function copy(from: string, to: string): Promise<void> {
  if (!existsSync(from)) throw new BackupFailed(`there is no database ${from}`);
  const Database = loadSqlite();
  const { backup } = process.getBuiltinModule('node:sqlite');
  const db = new Database(from, { readOnly: true });
  try {
    await backup(db, to, { rate: RATE });
  } finally {
    db.close();
  }
}
