import type { SignatureDict } from '@lovage/protocol';
import type { App } from '../app.ts';
import type { Link } from '../call/options.ts';
import type { WithLock } from '../locks/with-lock.ts';
import type { Logger } from '../logger/logger.ts';
import type { AsyncResult } from '../result/async-result.ts';
import type { ResolvedTaskOptions } from '../task/options.ts';
import type { AnyTask } from '../task/task.ts';
import type { TaskRequest } from './request.ts';

/** How a retry differs from the run that asks for it. */
export interface RetryOptions {
  /** What went wrong: thrown instead when the task has been retried as often as it may. */
  readonly exc?: unknown;
  /** Seconds from now. Default: the task's `defaultRetryDelay`. */
  readonly countdown?: number;
  /** The moment to run again, instead of `countdown`. */
  readonly eta?: Date;
  /** For this call and what follows it; null: for ever. Default: the task's `maxRetries`. */
  readonly maxRetries?: number | null;
  /** New arguments. Default: the same. */
  readonly args?: readonly unknown[];
  readonly kwargs?: Readonly<Record<string, unknown>>;
}

/** The task as it sees itself while it runs: the first parameter with `bind: true`, and what `currentTask()` answers. */
export interface TaskSelf {
  readonly name: string;
  readonly app: App;
  /** The task itself, to call it again or make signatures of it. */
  readonly task: AnyTask;
  readonly options: ResolvedTaskOptions;
  /** How often it may be retried; null: for ever. */
  readonly maxRetries: number | null;
  /** Everything that is known of this call. */
  readonly request: TaskRequest;
  /**
   * Aborted when the task is to stop: with SoftTimeLimitExceeded by its soft time limit, with an AbortError by
   * a revoke or when another worker took the message over. Pass it on to what takes long.
   */
  readonly signal: AbortSignal;
  /** Its lines carry the task's name and id. */
  readonly logger: Logger;
  /**
   * Run it again later: throws, so that nothing after it runs.
   * @throws Retry for the worker; or `exc`, or MaxRetriesExceededError, when no retry is left
   *
   * @example
   * try { await push(order) } catch (error) { self.retry({ exc: error, countdown: 60 }) }
   */
  retry(options?: RetryOptions): never;
  /**
   * End here, and let a signature run in this task's place: under its id, with its callbacks, in its chain and chord.
   * A group's results become one list.
   * @throws ImproperlyConfigured for a signature that is part of a chord already
   *
   * @example
   * if (pages.length > 1) self.replace(group(pages.map((page) => render.s(page))));
   */
  replace(signature: Link): never;
  /**
   * Send one more task into the header of the chord that this task is part of. Its result stands beside this one's.
   * @throws InvalidCall outside of a chord's header, or for what is not a single task
   */
  addToChord<Value>(signature: { toJSON(): SignatureDict }): Promise<AsyncResult<Value>>;
  /** `app.withLock`: in a task the lock says which task holds it, and its signal is aborted when the task is to stop, too. */
  readonly withLock: WithLock;
  /** Let callers know how far it is: `updateState('PROGRESS', { done: 3, of: 10 })`. Stored soon, in order. */
  updateState(state: string, meta?: unknown): void;
  /**
   * Tell whoever watches of something of the task's own, under its id: `await self.sendEvent('task-halfway', { of: 10 })`.
   * @throws InvalidCall for a type or field that cannot be; OperationalError while the broker is away
   */
  sendEvent(type: string, fields?: Readonly<Record<string, unknown>>): Promise<void>;
}
