import { createHash } from 'node:crypto';
import { mkdir, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { settings } from '../environment.ts';

/** Enough of a file to tell its type. */
const HEAD_BYTES = 4_100;

export interface Written {
  readonly size: number;
  readonly sha256: string;
  /** The beginning of it. */
  readonly head: Uint8Array;
}

/** More than FILE_UPLOAD_MAX_SIZE. */
export class TooLarge extends Error {
  override readonly name = 'TooLarge';

  constructor() {
    super(`a file may have ${settings.uploadMaxBytes} bytes`);
  }
}

/** Where a file is: by the id that we gave it. The name that its owner gave it is no part of a path. */
export function pathOf(id: string): string {
  if (!/^[0-9a-f-]{36}$/.test(id)) throw new TypeError(`${JSON.stringify(id)} is no id of a file`);
  return join(settings.uploadsFolder, id.slice(0, 2), id);
}

/**
 * Writes what comes to a file that was not there, as it comes: no upload is in memory as a whole. Resolves when it is on the disk.
 * Rejects with TooLarge, or with what the stream or the disk says; then there is no file.
 */
export async function writeFile(id: string, body: AsyncIterable<Uint8Array>): Promise<Written> {
  const path = pathOf(id);
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, 'wx', 0o600);
  try {
    const hash = createHash('sha256');
    const head: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of body) {
      if (size < HEAD_BYTES) head.push(chunk.subarray(0, HEAD_BYTES - size));
      size += chunk.length;
      if (size > settings.uploadMaxBytes) throw new TooLarge();
      hash.update(chunk);
      await file.writeFile(chunk);
    }
    await file.sync();
    return { size, sha256: hash.digest('hex'), head: Buffer.concat(head) };
  } catch (error) {
    await removeFile(id);
    throw error;
  } finally {
    await file.close();
  }
}

/** One that is gone already is no error. */
export async function removeFile(id: string): Promise<void> {
  await rm(pathOf(id), { force: true });
}
