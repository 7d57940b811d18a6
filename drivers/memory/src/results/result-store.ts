import type { ResultRecord } from '@lovage/contracts';
import { Heap } from '@lovage/contracts/kit';

interface Kept {
  readonly record: ResultRecord;
  /** Epoch ms; Infinity for ever. */
  readonly until: number;
}

interface Expiry {
  readonly taskId: string;
  readonly kept: Kept;
}

/** The results that all backends of one hub share. */
export class ResultStore {
  readonly #kept = new Map<string, Kept>();
  readonly #expiries = new Heap<Expiry>((a, b) => a.kept.until < b.kept.until);
  /** Told of each record as it is kept. */
  readonly listeners = new Set<(record: ResultRecord) => void>();

  store(records: readonly ResultRecord[]): void {
    const now = Date.now();
    for (const record of records) this.#keep(record, now);
  }

  find(taskId: string): ResultRecord | undefined {
    const kept = this.#kept.get(taskId);
    return kept && kept.until > Date.now() ? kept.record : undefined;
  }

  forget(taskId: string): void {
    this.#kept.delete(taskId);
  }

  /** Delete at most `limit` that have expired. Returns how many. */
  sweep(limit: number): number {
    const now = Date.now();
    let swept = 0;
    while (swept < limit) {
      const next = this.#expiries.least;
      if (!next || next.kept.until > now) break;
      this.#expiries.pop();
      // Replaced or forgotten since: nothing of it is left to delete.
      if (this.#kept.get(next.taskId) !== next.kept) continue;
      this.#kept.delete(next.taskId);
      swept += 1;
    }
    return swept;
  }

  #keep(record: ResultRecord, now: number): void {
    const { taskId, ttlMs } = record;
    if (this.find(taskId)?.state === 'SUCCESS') return;
    const kept: Kept = { record, until: ttlMs === undefined ? Infinity : now + ttlMs };
    this.#kept.set(taskId, kept);
    if (ttlMs !== undefined) this.#expiries.push({ taskId, kept });
    for (const listener of this.listeners) listener(record);
  }
}
