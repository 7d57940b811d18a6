import type { PoolContext } from '@lovage/contracts';

/** What a running job sees of its pool. Once ended it reports no more. */
export class JobContext implements PoolContext {
  readonly jobId: string;
  #onReport: ((report: unknown) => void) | undefined;
  #abort: AbortController | undefined;

  constructor(jobId: string, onReport: ((report: unknown) => void) | undefined) {
    this.jobId = jobId;
    this.#onReport = onReport;
  }

  /** Made when first asked for: many jobs never look. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    return this.#abort.signal;
  }

  /** For `{ report } = context` as well. */
  readonly report = (report: unknown): void => this.#onReport?.(report);

  abort(reason?: unknown): void {
    this.#abort ??= new AbortController();
    this.#abort.abort(reason);
  }

  /** Whatever the job still says from now on is dropped. */
  end(): void {
    this.#onReport = undefined;
  }
}
