import type { ErrorClass } from '../errors.ts';
import type { RateLimit } from './rate-limit.ts';
import type { TaskSchedule } from './schedule.ts';
import type { StandardSchema } from './standard-schema.ts';

/** What can be said of a task when it is defined. Names, meaning and defaults are Celery's. */
export interface TaskOptions {
  /** Put `self` before the arguments: the request, `retry()`, `updateState()`, `signal`, a logger. */
  readonly bind?: boolean;
  /**
   * Names of the function's parameters. kwargs then go each to its place;
   * without it, kwargs that are not empty arrive as one last object.
   */
  readonly params?: readonly string[];
  /** Validates the list of positional arguments, at the call and again in the worker. A refusal is never retried. */
  readonly schema?: StandardSchema;
  /** How often `self.retry()` and `autoretryFor` may run it again; null: for ever. Default 3. */
  readonly maxRetries?: number | null;
  /** Seconds until a retry that says nothing else. Default 180. */
  readonly defaultRetryDelay?: number;
  /** Errors of these classes retry by themselves. */
  readonly autoretryFor?: readonly ErrorClass[];
  /** Except these. */
  readonly dontAutoretryFor?: readonly ErrorClass[];
  /** What such a retry passes to `self.retry()`. */
  readonly retryKwargs?: { readonly maxRetries?: number | null; readonly countdown?: number };
  /** Wait 1, 2, 4, 8 … seconds between such retries; a number multiplies that. Default false. */
  readonly retryBackoff?: boolean | number;
  /** Never wait longer, in seconds. Default 600. */
  readonly retryBackoffMax?: number;
  /** Wait a random whole number of seconds up to that instead, so that retries do not come in waves. Default true. */
  readonly retryJitter?: boolean;
  /**
   * The most of these tasks that one worker starts in a time: `10` or `'10/s'`, `'100/m'`, `'5/h'`; 0: no limit.
   * Default: `taskDefaultRateLimit`.
   */
  readonly rateLimit?: RateLimit;
  /** Seconds after which `self.signal` is aborted and the task fails with SoftTimeLimitExceeded. */
  readonly softTimeLimit?: number | null;
  /** Seconds after which the task is ended from outside. */
  readonly timeLimit?: number | null;
  /** Acknowledge after the task, not before. Default: `taskAcksLate`. */
  readonly acksLate?: boolean;
  readonly acksOnFailureOrTimeout?: boolean;
  /** With `acksLate`: run again when its process died. Default: `taskRejectOnWorkerLost`. */
  readonly rejectOnWorkerLost?: boolean;
  /** Keep no result. Default: `taskIgnoreResult`. */
  readonly ignoreResult?: boolean;
  readonly storeErrorsEvenIfIgnored?: boolean;
  /** Report the state STARTED. Default: `taskTrackStarted`. */
  readonly trackStarted?: boolean;
  /** Send events of its executions, where the worker sends any. Default true. */
  readonly sendEvents?: boolean;
  /** Errors that are part of the task's business: logged without a trace. */
  readonly throws?: readonly ErrorClass[];
  /** Keep its message when it has failed for good or was rejected; what it `throws` is never kept. Default: `lovageDeadLetters`. */
  readonly deadLetter?: boolean;
  readonly queue?: string;
  /** 0 to 9, the higher the sooner. */
  readonly priority?: number;
  /** Discard the call when it has not started by then: seconds from the call, or a moment. */
  readonly expires?: number | Date;
  readonly serializer?: string;
  readonly compression?: string;
  /**
   * When beat sends it: `30`, `{ hours: 6 }`, `crontab({ hour: 7 })`, or an entry with arguments, `{ schedule, args }`; or
   * a list of these, each under a name of its own. Without a name the entry is called as the task is.
   */
  readonly schedule?: TaskSchedule;
}

/** TaskOptions with a name, for `app.task({ name: 'mail.send', … }, fn)`. */
export interface NamedTaskOptions extends TaskOptions {
  /** Full and dotted: 'shop.mail.send'. Other languages call it by this name. */
  readonly name: string;
}

/** TaskOptions with every blank filled from the settings. */
export interface ResolvedTaskOptions {
  readonly bind: boolean;
  readonly params?: readonly string[];
  readonly schema?: StandardSchema;
  readonly maxRetries: number | null;
  readonly defaultRetryDelay: number;
  readonly autoretryFor: readonly ErrorClass[];
  readonly dontAutoretryFor: readonly ErrorClass[];
  readonly retryKwargs?: { readonly maxRetries?: number | null; readonly countdown?: number };
  readonly retryBackoff: boolean | number;
  readonly retryBackoffMax: number;
  readonly retryJitter: boolean;
  readonly rateLimit?: number | string;
  readonly softTimeLimit?: number;
  readonly timeLimit?: number;
  readonly acksLate: boolean;
  readonly acksOnFailureOrTimeout: boolean;
  readonly rejectOnWorkerLost: boolean;
  readonly ignoreResult: boolean;
  readonly storeErrorsEvenIfIgnored: boolean;
  readonly trackStarted: boolean;
  readonly sendEvents: boolean;
  readonly throws: readonly ErrorClass[];
  readonly deadLetter: boolean;
  readonly queue?: string;
  readonly priority?: number;
  readonly expires?: number | Date;
  readonly serializer?: string;
  readonly compression?: string;
  /** As it was given: beat reads it. */
  readonly schedule?: TaskSchedule;
}
