import { db } from '../database.ts';
import { settings } from '../environment.ts';
import { outbox } from '../outbox.ts';
import { iso, removeUpload } from './uploads.ts';

const HOUR_MS = 3_600_000;

/**
 * Removes a batch of files whose time is over, from disk and database, and uploads that never ended. One that cannot be removed holds up
 * no other; it is told when the rest is done, by an error that names how many there were.
 */
export async function deleteExpired(): Promise<{ deleted: number; remaining: number }> {
  const now = Date.now();
  const expired = await db
    .selectFrom('upload_files')
    .select('id')
    .where('expires_at', '<=', now)
    .orderBy('expires_at')
    .limit(settings.cleanupUploadsBatchSize)
    .execute();
  let deleted = 0;
  const failures: unknown[] = [];
  for (const { id } of expired) {
    try {
      // Of two cleanups at once, the one that removes the row counts it.
      if (await removeUpload(id)) deleted++;
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0)
    throw new Error(
      `${deleted} expired files were deleted, ${failures.length} cannot be: ${String(failures[0])}`,
      { cause: failures[0] },
    );
  const { count } = await db
    .selectFrom('upload_files')
    .select(({ fn }) => fn.countAll().as('count'))
    .where('expires_at', '<=', now)
    .executeTakeFirstOrThrow();
  return { deleted, remaining: Number(count) };
}

/**
 * Emits `file.expiring` for a batch of files that go within FILE_EXPIRING_NOTICE_HOURS. That a file's was emitted is a mark in its row, set in
 * the same transaction, and the event's key is the file: never twice, by whichever run. `skipped` are those that another run
 * marked meanwhile, or whose time is over already.
 */
export async function notifyExpiring(): Promise<{ notified: number; skipped: number }> {
  const now = Date.now();
  const soon = await db
    .selectFrom('upload_files')
    .selectAll()
    .where('status', '=', 'STORED')
    .where('notified_at', 'is', null)
    .where('expires_at', '<=', now + settings.expiringNoticeHours * HOUR_MS)
    .orderBy('expires_at')
    .limit(settings.notifyExpiringBatchSize)
    .execute();
  const notified = await outbox.transaction(async (trx) => {
    let count = 0;
    for (const { id, name, expires_at } of soon) {
      const { numUpdatedRows } = await trx
        .updateTable('upload_files')
        .set({ notified_at: now })
        .where('id', '=', id)
        .where('notified_at', 'is', null)
        .executeTakeFirst();
      if (numUpdatedRows === 0n || expires_at <= now) continue;
      await outbox.emit(
        trx,
        'file.expiring',
        { id, name, expires_at: iso(expires_at) },
        { idempotencyKey: id },
      );
      count++;
    }
    return count;
  });
  return { notified, skipped: soon.length - notified };
}
