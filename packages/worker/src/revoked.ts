/** Ids of tasks that must not run. Bounded in number and in time, oldest first, as Celery's LimitedSet. */
export class Revoked {
  readonly #untilMs = new Map<string, number>();
  readonly #max: number;
  readonly #keepMs: number;

  /** Celery's CELERY_WORKER_REVOKES_MAX and CELERY_WORKER_REVOKE_EXPIRES. */
  constructor(max = 50_000, keepMs = 10_800_000) {
    this.#max = max;
    this.#keepMs = keepMs;
  }

  add(taskId: string, nowMs: number): void {
    this.#untilMs.delete(taskId);
    this.#untilMs.set(taskId, nowMs + this.#keepMs);
    for (const [oldest, untilMs] of this.#untilMs) {
      if (this.#untilMs.size <= this.#max && untilMs > nowMs) break;
      this.#untilMs.delete(oldest);
    }
  }

  has(taskId: string, nowMs: number): boolean {
    const untilMs = this.#untilMs.get(taskId);
    return untilMs !== undefined && untilMs > nowMs;
  }
}
