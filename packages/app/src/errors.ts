export { ContentDisallowed, InvalidTaskError } from '@lovage/protocol';

/** A class whose instances can be thrown, for `autoretryFor`, `dontAutoretryFor` and `throws`. */
export type ErrorClass = abstract new (...args: never[]) => unknown;

/**
 * What Lovage itself throws. `args` are the arguments Python's exception of the same name carries:
 * they travel as `exc_message`.
 */
export abstract class LovageError extends Error {
  readonly args: readonly unknown[];
  constructor(message: string, options: ErrorOptions & { readonly args?: readonly unknown[] } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.args = options.args ?? [message];
  }
}

/** The configuration cannot work. The message lists every problem found, one a line. */
export class ImproperlyConfigured extends LovageError {
  override readonly name = 'ImproperlyConfigured';
}

/** A call, an option or a definition asks for something that makes no sense; nothing was sent. */
export class InvalidCall extends LovageError {
  override readonly name = 'InvalidCall';
}

/** Two definitions of one task name. */
export class AlreadyRegistered extends LovageError {
  override readonly name = 'AlreadyRegistered';
}

/** No task of that name is registered here. */
export class NotRegistered extends LovageError {
  override readonly name = 'NotRegistered';
  constructor(task: string) {
    super(`Task of kind '${task}' never registered, please make sure it's imported.`, { args: [task] });
  }
}

/** A queue that is not in `taskQueues`, while `taskCreateMissingQueues` is false. */
export class QueueNotFound extends LovageError {
  override readonly name = 'QueueNotFound';
}

/** The broker or the result store could not be reached in time, or refused. `cause` is the driver's error. */
export class OperationalError extends LovageError {
  override readonly name = 'OperationalError';
}

/** Waiting for a result took longer than allowed. The task may still end. */
export class TimeoutError extends LovageError {
  override readonly name = 'TimeoutError';
  constructor(message = 'The operation timed out.') {
    super(message);
  }
}

/** `result.get()` inside a task: with every slot waiting for another, a worker would stand still. */
export class WouldBlockError extends LovageError {
  override readonly name = 'WouldBlockError';
  constructor() {
    super(
      'Never call result.get() within a task! It can block every slot of a worker for good. ' +
        'Use a callback or a chain, or pass { disableSyncSubtasks: false } if you know that it cannot.',
    );
  }
}

/** The task's schema refused its arguments. Never retried: they will not get better. */
export class InvalidArguments extends LovageError {
  override readonly name = 'InvalidArguments';
  /** What the schema objected to. */
  readonly issues: readonly { readonly message: string; readonly path: string }[];
  constructor(task: string, issues: readonly { readonly message: string; readonly path: string }[]) {
    const lines = issues.map(({ path, message }) => (path ? `${path}: ${message}` : message));
    super(`the arguments of ${task} are refused by its schema: ${lines.join('; ')}`);
    this.issues = issues;
  }
}

/**
 * Throw it in a task to end quietly: no state is stored, the message is acknowledged.
 *
 * @example
 * if (await alreadyDone(id)) throw new Ignore('somebody else did it');
 */
export class Ignore extends LovageError {
  override readonly name = 'Ignore';
  constructor(reason = '') {
    super(reason);
  }
}

/**
 * Throw it in a task with `acksLate` to refuse the message: back to its queue, or away.
 *
 * @example
 * throw new Reject('the mail server is full', { requeue: true });
 */
export class Reject extends LovageError {
  override readonly name = 'Reject';
  readonly requeue: boolean;
  constructor(reason = '', options: { readonly requeue?: boolean } = {}) {
    super(reason, { args: [reason, options.requeue ?? false] });
    this.requeue = options.requeue ?? false;
  }
}

/** What `self.retry()` throws. Let it pass: it is how the worker learns of the retry. */
export class Retry extends LovageError {
  override readonly name = 'Retry';
  /** What the retry is for. */
  readonly exc: unknown;
  /** Seconds from now. */
  readonly countdownS: number;
  readonly newArgs: readonly unknown[] | undefined;
  readonly newKwargs: Readonly<Record<string, unknown>> | undefined;
  constructor(options: {
    readonly exc?: unknown;
    readonly countdownS: number;
    readonly args?: readonly unknown[] | undefined;
    readonly kwargs?: Readonly<Record<string, unknown>> | undefined;
  }) {
    super(`Retry in ${options.countdownS}s`, { cause: options.exc });
    this.exc = options.exc;
    this.countdownS = options.countdownS;
    this.newArgs = options.args;
    this.newKwargs = options.kwargs;
  }
}

/** A task was retried as often as it may be, and `self.retry()` had no `exc` to throw instead. */
export class MaxRetriesExceededError extends LovageError {
  override readonly name = 'MaxRetriesExceededError';
}

/** The task's soft time limit passed: `self.signal` is aborted with it, and the task fails with it. */
export class SoftTimeLimitExceeded extends LovageError {
  override readonly name = 'SoftTimeLimitExceeded';
  constructor() {
    super('SoftTimeLimitExceeded()', { args: [] });
  }
}

/** The task's hard time limit passed: it was ended from outside. */
export class TimeLimitExceeded extends LovageError {
  override readonly name = 'TimeLimitExceeded';
  constructor(limitSeconds: number) {
    super(`TimeLimitExceeded(${limitSeconds},)`, { args: [limitSeconds] });
  }
}

/** The process that ran the task died. */
export class WorkerLostError extends LovageError {
  override readonly name = 'WorkerLostError';
}

/** The task was taken back before it ran or while it ran: 'revoked', 'expired' or 'terminated'. */
export class TaskRevokedError extends LovageError {
  override readonly name = 'TaskRevokedError';
}

/** A task of a chord's header failed, so its body never runs. */
export class ChordError extends LovageError {
  override readonly name = 'ChordError';
}

/** Somebody else holds the lock, and went on holding it for as long as was waited. `autoretryFor` may list it. */
export class LockNotAcquired extends LovageError {
  override readonly name = 'LockNotAcquired';
  readonly lockName: string;
  constructor(lockName: string, waitedS: number) {
    const waited = waitedS > 0 ? `, and did so for ${waitedS} s` : '';
    super(`somebody else holds the lock ${lockName}${waited}`, { args: [lockName, waitedS] });
    this.lockName = lockName;
  }
}

/** A lock was lost before the work under it had ended: somebody else may have done the same. */
export class LockLost extends LovageError {
  override readonly name = 'LockLost';
  readonly lockName: string;
  readonly fence: number;
  readonly why: string;
  constructor(lockName: string, fence: number, why: string, options: ErrorOptions = {}) {
    super(`lost the lock ${lockName} (fence ${fence}): ${why}`, { ...options, args: [lockName, fence, why] });
    this.lockName = lockName;
    this.fence = fence;
    this.why = why;
  }
}

/** No dead letter has that id, or several have ids that begin so. */
export class DeadLetterNotFound extends LovageError {
  override readonly name = 'DeadLetterNotFound';
  constructor(id: string, found: number) {
    const several = `${found} dead letters have an id that begins with ${id}`;
    super(found > 0 ? several : `${id} is not among the dead letters`, { args: [id, found] });
  }
}
