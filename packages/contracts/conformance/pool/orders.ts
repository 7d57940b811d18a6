/** What a job of the exam is told to do. */
export type Order =
  | { readonly do: 'echo'; readonly value: unknown }
  /** Answers what `init` was given and how often it ran in this worker. */
  | { readonly do: 'about' }
  /** Reports 1 to `count`, then answers `count`. */
  | { readonly do: 'report'; readonly count: number }
  /** Reports 'started', then waits for its signal and answers why it was aborted. */
  | { readonly do: 'wait' }
  /** Reports 'started' and never ends, whatever it is asked. */
  | { readonly do: 'ignore' }
  /** Reports 'started', then blocks its thread. */
  | { readonly do: 'spin'; readonly ms: number }
  /** Waits, deaf to its signal, then answers 'slept'. */
  | { readonly do: 'sleep'; readonly ms: number }
  | { readonly do: 'throw'; readonly what: 'error' | 'string' | 'undefined' | 'odd' }
  /** Answers something that cannot be cloned. */
  | { readonly do: 'unclonable' }
  | { readonly do: 'exit'; readonly code: number }
  /** Throws outside the job's promise. */
  | { readonly do: 'explode' };

/** What the pool is opened with. */
export interface ExamData {
  readonly greeting?: string;
  /** `init` throws an error with this message. */
  readonly failInit?: string;
  /** `shutdown` appends a line to this file. */
  readonly shutdownLog?: string;
}

/** What 'about' answers. */
export interface About {
  readonly data: ExamData | undefined;
  readonly inits: number;
  /** The worker's, as `init` was told. */
  readonly number: number;
}

/** What 'wait' answers. */
export interface Reason {
  readonly timeLimit: boolean;
  readonly kind?: string;
  readonly limitMs?: number;
}
