import { parseRateLimit, type RateLimit } from '@lovage/app';
import { TokenBucket } from './token-bucket.ts';

export interface RateLimitsOptions {
  /** What the task's own options and the settings say. */
  readonly own: (task: string) => RateLimit | undefined;
  /** The setting `workerDisableRateLimits`. */
  readonly disabled?: boolean;
}

/** The limit of each task in this worker, and the bucket that keeps it. What is set here wins over the task's own. */
export class RateLimits {
  readonly #own: (task: string) => RateLimit | undefined;
  readonly #disabled: boolean;
  readonly #set = new Map<string, RateLimit>();
  /** Undefined: no limit. */
  readonly #buckets = new Map<string, TokenBucket | undefined>();

  constructor({ own, disabled = false }: RateLimitsOptions) {
    this.#own = own;
    this.#disabled = disabled;
  }

  /**
   * From now on. Null, 0 and '' lift the limit, also the task's own.
   * @throws RangeError with Celery's text where `limit` cannot be read
   */
  set(task: string, limit: RateLimit): void {
    const perSecond = parseRateLimit(limit);
    this.#set.set(task, limit);
    const bucket = this.#buckets.get(task);
    if (bucket && perSecond > 0) bucket.perSecond = perSecond;
    else this.#buckets.delete(task);
  }

  /** The limit in force, as it was written; null for none. */
  limit(task: string): string | number | null {
    if (this.#disabled) return null;
    return (this.#set.has(task) ? this.#set.get(task) : this.#own(task)) || null;
  }

  /** Undefined where there is no limit. */
  bucket(task: string): TokenBucket | undefined {
    if (this.#buckets.has(task)) return this.#buckets.get(task);
    const perSecond = parseRateLimit(this.limit(task));
    const bucket = perSecond > 0 ? new TokenBucket(perSecond) : undefined;
    this.#buckets.set(task, bucket);
    return bucket;
  }
}
