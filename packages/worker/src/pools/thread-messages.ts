import type { ErrorDetails } from '@lovage/contracts';

/** What a thread pool and its threads say to each other: in order, about one job at a time. */
export type ToThread =
  /** The first message: load this module and call its `init`. */
  | {
      readonly kind: 'init';
      readonly entry: string;
      readonly data: unknown;
      readonly number: number;
      /** Say so when a job leaves the thread with more than that. */
      readonly memoryLimitKib?: number;
    }
  | { readonly kind: 'run'; readonly id: string; readonly input: unknown }
  /** Abort the job's signal; with `softMs` because of its soft limit. */
  | { readonly kind: 'stop'; readonly softMs?: number }
  /** Call the entry's `shutdown` and exit. Sent between jobs only. */
  | { readonly kind: 'end' };

/** How a job ended. */
export type ThreadOutcome = (
  | { readonly kind: 'returned'; readonly output: unknown }
  | { readonly kind: 'threw'; readonly error: ErrorDetails }
) & {
  /** The thread holds more memory than it should. */
  readonly full?: boolean;
};

export type FromThread =
  | { readonly kind: 'ready' }
  | { readonly kind: 'report'; readonly report: unknown }
  | ThreadOutcome
  /** Outside of any job's `run`: `init` or `shutdown` threw, or nobody caught it. The thread ends next. */
  | { readonly kind: 'fault'; readonly error: ErrorDetails };
