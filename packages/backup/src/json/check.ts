import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { isDeepStrictEqual } from 'node:util';
import { createGunzip } from 'node:zlib';
import { BackupFailed } from '../errors.ts';
import { FORMAT } from './lines.ts';

interface Line {
  readonly format?: string;
  readonly table?: string;
  readonly end?: boolean;
  readonly counts?: Readonly<Record<string, number>>;
}

/** Reads all of it and counts. @throws BackupFailed where it is not whole */
export async function checkJson(path: string): Promise<void> {
  const source = createReadStream(path);
  const unzipped = source.pipe(createGunzip());
  source.on('error', (error) => unzipped.destroy(error));
  const counts: Record<string, number> = {};
  let first: Line | undefined;
  let last: Line | undefined;
  try {
    for await (const text of createInterface({ input: unzipped, crlfDelay: Number.POSITIVE_INFINITY })) {
      if (last?.end) throw new BackupFailed(`${path} goes on after its end`);
      last = JSON.parse(text) as Line;
      first ??= last;
      if (last.table !== undefined) counts[last.table] = (counts[last.table] ?? 0) + 1;
    }
    // Iterating over lines tells of no error that comes after the last one.
    if (unzipped.errored) throw unzipped.errored;
  } catch (error) {
    if (error instanceof BackupFailed) throw error;
    throw new BackupFailed(`${path} is damaged: ${(error as Error).message}`, { cause: error });
  } finally {
    source.destroy();
  }
  if (first?.format !== FORMAT) throw new BackupFailed(`${path} is no export of ours`);
  if (!last?.end) throw new BackupFailed(`${path} was cut off: it has no end`);
  const told = Object.fromEntries(Object.entries(last.counts ?? {}).filter(([, count]) => count > 0));
  if (!isDeepStrictEqual({ ...counts }, told))
    throw new BackupFailed(`${path} lacks rows that its end counts`);
}
