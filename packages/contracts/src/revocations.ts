/**
 * Remembers for a while which tasks must not run, so that a revoke holds also while no worker listens.
 * Workers on several machines share one; each keeps a copy and follows it with `since`.
 */
export interface RevocationStore {
  /**
   * Idempotent and safe to race: of two ends the later `untilMs` wins, and what has ended already is not kept.
   * Resolves once durable. Only the REVOCATIONS_KEPT that were added last are kept; the oldest make room.
   * Rejects with DriverError 'refused', keeping none of them, when one of them cannot be kept: see `Revocation`.
   */
  add(revocations: readonly Revocation[]): Promise<void>;

  /**
   * What was added, or got a later end, since the store answered `cursor`, and the cursor to ask with next time;
   * the oldest first, without what has ended. Without a cursor, or with one that this store never gave or gave before
   * it was emptied: all. May repeat what was answered before, never leaves out what was not.
   * One small exchange when nothing has changed: workers ask every few seconds.
   */
  since(cursor?: string): Promise<RevocationChanges>;

  close(): Promise<void>;
}

/** `untilMs`: epoch ms when it is forgotten, a finite number. Texts have 1 to REVOCATION_TEXT_MAX characters. */
export type Revocation =
  | { readonly kind: 'id'; readonly taskId: string; readonly untilMs: number }
  /** Every task whose stamped header `header` is, or contains, `value`. */
  | { readonly kind: 'stamp'; readonly header: string; readonly value: string; readonly untilMs: number };

export interface RevocationChanges {
  readonly revocations: readonly Revocation[];
  readonly cursor: string;
}

/** How many a store keeps, as many as a worker of Celery does. */
export const REVOCATIONS_KEPT = 50_000;

/** Longest id, header or value, in UTF-16 units. Celery's ids have 36. */
export const REVOCATION_TEXT_MAX = 1024;
