import type { ErrorDetails } from '@lovage/contracts';

/**
 * What a process pool and its children say to each other. A child has one job at a time and messages keep their
 * order, so none but `run` needs a job id: a `stop` that comes too late finds no job and means nothing.
 */
export type ToChild =
  /** The first message: load this module and call its `init`. */
  | { readonly kind: 'init'; readonly entry: string; readonly data: unknown; readonly number: number }
  | { readonly kind: 'run'; readonly id: string; readonly input: unknown }
  /** Abort the job's signal; with `softMs` because of its soft limit. */
  | { readonly kind: 'stop'; readonly softMs?: number }
  /** Call the entry's `shutdown` and exit. Sent between jobs only. */
  | { readonly kind: 'end' };

export type FromChild =
  | { readonly kind: 'ready' }
  | { readonly kind: 'report'; readonly report: unknown }
  | { readonly kind: 'returned'; readonly output: unknown }
  | { readonly kind: 'threw'; readonly error: ErrorDetails }
  /** Outside of any job's `run`: `init` or `shutdown` threw, or nobody caught it. The child exits next. */
  | { readonly kind: 'fault'; readonly error: ErrorDetails };
