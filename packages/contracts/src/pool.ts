/** Runs jobs through a module's `run` and says how each ended. Knows nothing of tasks. */
export interface Pool {
  readonly traits: PoolTraits;

  /** Slots: the most jobs run at once. */
  readonly size: number;

  /** Slots taken. A slot whose worker is being replaced counts as taken. */
  readonly busy: number;

  /** Places beyond the slots. Absent where handing a job over costs nothing. */
  readonly ahead?: PoolAhead;

  /** Process ids of the workers; empty where they live in this process. */
  readonly pids: readonly number[];

  /** Jobs that each of these processes has begun, by pid. Absent where jobs run in this process. */
  readonly begun?: ReadonlyMap<number, number>;

  /** Resolves once every slot can take a job; rejects with what the entry module threw. */
  open(): Promise<void>;

  /**
   * Starts at once where a slot is free; callers respect size - busy, and beyond that the places ahead.
   * Never rejects because of the job.
   */
  run(job: PoolJob): Promise<PoolOutcome>;

  /** 'ask' aborts the job's signal. 'kill' also ends its worker where traits allow. False if not running here. */
  stop(jobId: string, how: 'ask' | 'kill'): boolean;

  /** Takes effect as workers fall idle. */
  resize(size: number): Promise<void>;

  /**
   * Replaces every worker by a fresh one, each once it is idle: the entry module and what it imports are loaded anew.
   * Resolves when all are replaced. Without effect where jobs run in this process, whose modules stay loaded.
   */
  restart(): Promise<void>;

  /** Waits up to graceMs for running jobs, then kills; their outcome is `lost`. */
  close(graceMs: number): Promise<void>;

  /** Calls back whenever there is room for one job more: a slot falls free, or a place ahead does. */
  onFree(callback: () => void): void;
}

/**
 * Jobs given to a pool before a slot is free, so that no worker waits for its next one.
 *
 * They begin in turn, each in the slot that is free first: a job here never waits for a long one while another slot
 * is free, and outlives the worker it was meant for. `stop` ends it before it begins, or ('ask') as soon as it does.
 * When the pool closes, those that have not begun are withdrawn.
 */
export interface PoolAhead {
  /** How many may wait at once; 0 when the pool has no slots. */
  readonly places: number;
  /** Jobs that have not begun. */
  readonly taken: number;
  /** Takes a job back: it will not begin, and its outcome is lost/'withdrawn'. False when it began, or is not here. */
  withdraw(jobId: string): boolean;
}

export interface PoolTraits {
  /** A stuck synchronous job can be ended. */
  readonly canKill: boolean;
  /** A crash of one job cannot take the worker process down. */
  readonly isolated: boolean;
}

export interface PoolJob {
  readonly id: string;
  /** Structured-cloneable; the pool never looks inside. */
  readonly input: unknown;
  /** After this long the signal aborts with reason `new TimeLimit('soft', softMs)`. */
  readonly softMs?: number;
  /** After this long the job is ended; the outcome is lost/'time-limit', whether or not its code still runs. */
  readonly hardMs?: number;
  /**
   * Its worker begins with it: `run` was called, or, for a job ahead, a slot fell free. Limits count from here.
   * `pid` is the process that runs it. Not called for a job that never begins.
   */
  readonly onStart?: (pid: number) => void;
  /** Out-of-band messages from the job: progress, states. In order, all before the outcome. */
  readonly onReport?: (report: unknown) => void;
}

export type PoolOutcome =
  | { readonly kind: 'returned'; readonly output: unknown }
  /** The entry's `run` itself threw: a bug in the entry, not an outcome of the job. */
  | { readonly kind: 'threw'; readonly error: ErrorDetails }
  | {
      readonly kind: 'lost';
      /** 'withdrawn': it never began. */
      readonly reason: 'time-limit' | 'killed' | 'crashed' | 'withdrawn';
      /** For people: 'signal 9 (SIGKILL)', 'exit code 1', 'hard time limit of 2 s'. */
      readonly detail: string;
    };

export interface ErrorDetails {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
}

/** What a pool tells each of its workers about itself. */
export interface PoolWorkerFacts {
  /** Counts the pool's workers from 1, those that replace others included; 1 where all jobs share one worker. */
  readonly number: number;
}

/** What a pool's entry module exports. */
export interface PoolEntry {
  /** Called once in each worker before its first job, with what the pool was opened with. */
  init?(data: unknown, worker: PoolWorkerFacts): Promise<void> | void;
  run(input: unknown, context: PoolContext): Promise<unknown>;
  /** Called once before a worker ends in good order. */
  shutdown?(): Promise<void> | void;
}

export interface PoolContext {
  readonly jobId: string;
  /** Aborted by `stop('ask')` (reason undefined) or by the soft limit (reason TimeLimit). */
  readonly signal: AbortSignal;
  report(report: unknown): void;
}

/** Why a job's signal was aborted by its soft limit. */
export class TimeLimit extends Error {
  override readonly name = 'TimeLimit';
  readonly kind: 'soft';
  readonly limitMs: number;
  constructor(kind: 'soft', limitMs: number) {
    super(`soft time limit of ${limitMs / 1000} s exceeded`);
    this.kind = kind;
    this.limitMs = limitMs;
  }
}
