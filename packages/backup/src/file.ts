import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupFailed } from './errors.ts';

/** How a backup was made: by pg_dump in its custom format, as a copy of a SQLite file, or as JSON. */
export type BackupKind = 'pg_dump' | 'sqlite' | 'json';

/** A finished backup. */
export interface Backup {
  /** Absolute, or as the folder was given. */
  readonly path: string;
  /** Of the database, as it was given. */
  readonly name: string;
  readonly kind: BackupKind;
  /** When it was begun; its file's name says so. */
  readonly at: Date;
  readonly bytes: number;
}

const ENDINGS = { pg_dump: 'dump', sqlite: 'sqlite', json: 'json.gz' } as const;
const KINDS = new Map(
  Object.entries(ENDINGS).map(([kind, ending]) => [ending as string, kind as BackupKind]),
);
const FORM =
  /^([A-Za-z0-9][A-Za-z0-9_.-]*?)-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z\.(dump|sqlite|json\.gz)$/;

/** `rota-20261121T030000000Z.dump`. @throws BackupFailed for a name that could leave the folder, or be read as another */
export function fileName(name: string, kind: BackupKind, at: Date): string {
  const file = `${name}-${at.toISOString().replace(/[-:.]/g, '')}.${ENDINGS[kind]}`;
  if (readName(file)?.name !== name)
    throw new BackupFailed(
      `${JSON.stringify(name)} is no name for a backup: letters, digits, and _ . - within`,
    );
  return file;
}

/** What a file's name says; undefined where it is none of ours, or still being written. */
export function readName(file: string): Pick<Backup, 'name' | 'kind' | 'at'> | undefined {
  const [, name, year, month, day, hour, minute, second, ms, ending] = FORM.exec(file) ?? [];
  const kind = KINDS.get(ending ?? '');
  const at = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}Z`);
  return name === undefined || kind === undefined || Number.isNaN(at.getTime())
    ? undefined
    : { name, kind, at };
}

/** The backups in a folder, the newest first; of one database, or all. Other files are passed over. None where there is no folder. */
export async function listBackups(folder: string, name?: string): Promise<Backup[]> {
  const files = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const found: Backup[] = [];
  for (const file of files) {
    const read = readName(file);
    if (!read || (name !== undefined && read.name !== name)) continue;
    const path = join(folder, file);
    const { size } = await stat(path);
    found.push({ path, ...read, bytes: size });
  }
  return found.sort((one, other) => other.at.getTime() - one.at.getTime());
}
