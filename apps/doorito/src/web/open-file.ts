import { open } from 'node:fs/promises';

/** A file's bytes as they are asked for; undefined if it is gone. */
export async function openFile(path: string): Promise<ReadableStream<Uint8Array> | undefined> {
  try {
    const file = await open(path);
    return file.readableWebStream({ autoClose: true }) as ReadableStream<Uint8Array>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
