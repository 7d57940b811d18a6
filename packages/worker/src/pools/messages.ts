import type { ErrorDetails } from '@lovage/contracts';

/** What a process pool and its children say to each other. Messages keep their order. */
export type ToChild =
  /** The first message: load this module and call its `init`. */
  | {
      readonly kind: 'init';
      readonly entry: string;
      readonly data: unknown;
      readonly number: number;
      /** The file descriptor with the permits for jobs ahead. */
      readonly permits: number | undefined;
      /** Resident memory, in KiB, with which it must be replaced. */
      readonly maxMemoryKib: number | undefined;
    }
  | { readonly kind: 'run'; readonly orders: readonly Order[] }
  /** Abort the job's signal; with `softMs` because of its soft limit. Too late, it finds another job and means nothing. */
  | { readonly kind: 'stop'; readonly id: string; readonly softMs?: number }
  /** Call the entry's `shutdown` and exit. Sent between jobs only. */
  | { readonly kind: 'end' };

/** One job for a child. */
export interface Order {
  /**
   * The number of its permit, with which only it begins (see permits.ts). Undefined where there are no permits: then the
   * child has nothing else to do, and begins it at once.
   */
  readonly permit: number | undefined;
  /** Undefined: the pool gave the job up. */
  readonly job: { readonly id: string; readonly input: unknown } | undefined;
}

/** How a job ended. With `residentKib` the child has outgrown its limit: it begins no other. */
export type FromJob = (
  | { readonly kind: 'returned'; readonly output: unknown }
  | { readonly kind: 'threw'; readonly error: ErrorDetails }
) & { readonly residentKib?: number };

export type FromChild =
  | { readonly kind: 'ready' }
  | { readonly kind: 'report'; readonly report: unknown }
  | FromJob
  /** Outside of any job's `run`: `init` or `shutdown` threw, or nobody caught it. The child exits next. */
  | { readonly kind: 'fault'; readonly error: ErrorDetails };
