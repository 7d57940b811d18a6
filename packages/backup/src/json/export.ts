import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Kysely } from 'kysely';
import type { Backup } from '../file.ts';
import { type Target, writeBackup } from '../write.ts';
import { checkJson } from './check.ts';
import { linesOf } from './lines.ts';

export interface ExportOptions<Schema> extends Target {
  readonly db: Kysely<Schema>;
  /** Columns that stay here, by table: `{ account: ['password_hash'] }`. */
  readonly without?: Readonly<Record<string, readonly string[]>>;
}

/**
 * All rows of all tables as they were at one moment, as compressed lines of JSON that any program reads; the last line counts them.
 * For reading elsewhere, and for moving to another database: what it lacks is the schema.
 * @throws BackupFailed
 */
export function exportJson<Schema>({ db, without = {}, ...target }: ExportOptions<Schema>): Promise<Backup> {
  const write = (path: string) =>
    pipeline(Readable.from(linesOf(db, without)), createGzip(), createWriteStream(path, { flags: 'r+' }));
  return writeBackup(target, 'json', write, checkJson);
}
