import { randomUUID } from 'node:crypto';
import { db, type UploadFile } from '../database.ts';
import { settings } from '../environment.ts';
import { outbox } from '../outbox.ts';
import { removeFile, writeFile } from './disk.ts';
import { typeOf } from './file-types.ts';

const HOUR_MS = 3_600_000;
const MAX_NAME_LENGTH = 200;

export interface Upload {
  readonly name: string;
  readonly contentType: string | undefined;
  readonly body: AsyncIterable<Uint8Array>;
}

/** An upload that is not even a file: no name, or nothing in it. */
export class BadUpload extends Error {
  override readonly name = 'BadUpload';
}

/**
 * Stores a file, and emits `file.uploaded` in the transaction that makes it visible. Its row is there first, with an hour to live: what a
 * crash leaves on the disk, the cleanup finds by it.
 *
 * Rejects with BadUpload, TooLarge or TypeRefused.
 */
export async function storeUpload({ name, contentType, body }: Upload): Promise<UploadFile> {
  const file = { id: randomUUID(), name: cleanName(name), created_at: Date.now() };
  await db
    .insertInto('upload_files')
    .values({
      ...file,
      content_type: '',
      size: 0,
      sha256: '',
      status: 'UPLOADING',
      expires_at: file.created_at + HOUR_MS,
      notified_at: null,
    })
    .execute();
  try {
    const { size, sha256, head } = await writeFile(file.id, body);
    if (size === 0) throw new BadUpload('the file is empty');
    const content_type = await typeOf(head, contentType);
    const expires_at = Date.now() + settings.uploadTtlHours * HOUR_MS;
    const stored = { content_type, size, sha256, status: 'STORED', expires_at } as const;
    await outbox.transaction(async (trx) => {
      const { numUpdatedRows } = await trx
        .updateTable('upload_files')
        .set(stored)
        .where('id', '=', file.id)
        .executeTakeFirst();
      if (numUpdatedRows === 0n) throw new BadUpload('the upload took longer than an hour');
      const data = { id: file.id, name: file.name, size, sha256, content_type, expires_at: iso(expires_at) };
      await outbox.emit(trx, 'file.uploaded', data, { idempotencyKey: file.id });
    });
    return { ...file, ...stored, notified_at: null };
  } catch (error) {
    await removeUpload(file.id);
    throw error;
  }
}

/** From disk and database, in this order: what a crash leaves between is a row, which says what to do. False if there is none. */
export async function removeUpload(id: string): Promise<boolean> {
  await removeFile(id);
  const { numDeletedRows } = await db.deleteFrom('upload_files').where('id', '=', id).executeTakeFirst();
  return numDeletedRows > 0n;
}

/** One that is there and whose time is not over. */
export async function findUpload(id: string): Promise<UploadFile | undefined> {
  return await stored().where('id', '=', id).executeTakeFirst();
}

/** The newest first. */
export async function listUploads(limit = 100): Promise<UploadFile[]> {
  return await stored().orderBy('created_at', 'desc').orderBy('id').limit(limit).execute();
}

const stored = () =>
  db
    .selectFrom('upload_files')
    .selectAll()
    .where('status', '=', 'STORED')
    .where('expires_at', '>', Date.now());

export const iso = (ms: number): string => new Date(ms).toISOString();

/** What a name may show on a page and in a header: its last part, without what controls terminals or directions of writing. */
function cleanName(name: string): string {
  const last = name.split(/[\\/]/).at(-1)!;
  const clean = last.replace(/[\p{Cc}\p{Cf}\p{Cs}]/gu, '').trim();
  if (clean === '' || clean === '.' || clean === '..')
    throw new BadUpload('the file has no name: say ?name=report.pdf');
  return clean.slice(0, MAX_NAME_LENGTH);
}
