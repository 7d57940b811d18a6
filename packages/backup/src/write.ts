import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupFailed, told } from './errors.ts';
import { type Backup, type BackupKind, fileName } from './file.ts';

const PARTIAL = '.partial-';
/** What a killed process left. No backup takes as long. In ms. */
const ABANDONED_AFTER = 24 * 3_600_000;

export interface Target {
  /** Made where it is missing, for its owner alone. */
  readonly folder: string;
  /** Of the database. */
  readonly name: string;
}

/**
 * Writes a backup so that a file under its final name is whole: under another name first, on the disk (fsync), read again, then renamed.
 * Whatever fails leaves the folder as it was.
 *
 * @param produce writes the file of that path, which is not there yet
 * @param check reads it; rejects where it is no good
 * @throws BackupFailed
 */
export async function writeBackup(
  { folder, name }: Target,
  kind: BackupKind,
  produce: (path: string) => Promise<void>,
  check: (path: string) => Promise<void>,
): Promise<Backup> {
  const at = new Date();
  const file = fileName(name, kind, at);
  const path = join(folder, file);
  const partial = join(folder, `${PARTIAL}${file}-${randomBytes(4).toString('hex')}`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await sweep(folder);
    // Made by us, so that nobody else may read it while it grows.
    await (await open(partial, 'wx', 0o600)).close();
    await produce(partial);
    await sync(partial);
    await check(partial);
    await rename(partial, path);
    await sync(folder);
    return { path, name, kind, at, bytes: (await stat(path)).size };
  } catch (error) {
    for (const left of ['', '-journal', '-wal', '-shm']) await rm(`${partial}${left}`, { force: true });
    throw new BackupFailed(`no backup of ${name} in ${folder}: ${told(error)}`, { cause: error });
  }
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Removes what a process that was killed began and could not remove. */
async function sweep(folder: string): Promise<void> {
  for (const file of await readdir(folder)) {
    if (!file.startsWith(PARTIAL)) continue;
    const path = join(folder, file);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > ABANDONED_AFTER) await rm(path, { force: true });
  }
}
