import type { ResultTuple, SignatureDict } from '@lovage/protocol';

/** How one execution of a task ended. Made by `perform`, turned into records and messages by the worker. */
export type TaskOutcome =
  | {
      readonly kind: 'succeeded';
      readonly value: unknown;
      readonly runtimeS: number;
      /** Result tuples of what it sent while it ran. */
      readonly trail?: readonly ResultTuple[];
    }
  /** The task called `self.replace`: this runs in its place. */
  | { readonly kind: 'replaced'; readonly signature: SignatureDict; readonly runtimeS: number }
  | {
      readonly kind: 'failed';
      readonly error: unknown;
      /** Listed in the task's `throws`: logged without a trace. */
      readonly expected: boolean;
      readonly runtimeS: number;
    }
  | {
      readonly kind: 'retry';
      /** What the retry is for; undefined when `self.retry()` was called without `exc`. */
      readonly error: unknown;
      /** Seconds from now; 0 sends it back at once, without an eta. Jitter and backoff are already in it. */
      readonly countdownS: number;
      /** Replace the message's own, when `self.retry` was given them. */
      readonly args?: readonly unknown[];
      readonly kwargs?: Readonly<Record<string, unknown>>;
    }
  /** The task threw Ignore: no state is stored, the message is done. */
  | { readonly kind: 'ignored'; readonly reason: string }
  /** The task threw Reject: the message goes back, or away, and no state is stored. */
  | { readonly kind: 'rejected'; readonly requeue: boolean; readonly reason: string };
