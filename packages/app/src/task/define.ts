import { AlreadyRegistered, ImproperlyConfigured } from '../errors.ts';
import { callerFile } from './caller-file.ts';
import type { NamedTaskOptions, TaskOptions } from './options.ts';
import { checkTaskOptions } from './resolve-options.ts';

/** A task as it was written down, of no app yet. */
export interface TaskDefinition {
  readonly name: string;
  readonly options: TaskOptions;
  readonly fn: (...args: never[]) => unknown;
  readonly file: string;
  /** It is called with a failure: made by `app.errback()`. */
  readonly isErrback?: boolean;
}

/** Dotted, as 'shop.mail.send': letters, digits, `_` and `-` in each part. */
const TASK_NAME = /^[\p{L}_][\p{L}\p{N}_-]*(\.[\p{L}\p{N}_-]+)+$/u;

/**
 * Checks what `app.task()` and `sharedTask()` were given.
 * @throws ImproperlyConfigured for a name that is not full and dotted, an option that is wrong, or no function
 */
export function defineTask(
  nameOrOptions: string | NamedTaskOptions,
  fn: (...args: never[]) => unknown,
): TaskDefinition {
  const { name, ...options } = typeof nameOrOptions === 'string' ? { name: nameOrOptions } : nameOrOptions;
  if (typeof name !== 'string' || !TASK_NAME.test(name)) {
    throw new ImproperlyConfigured(
      `a task needs its full, dotted name, as in 'shop.mail.send', not ${JSON.stringify(name)}: workers find it by that name, in every language`,
    );
  }
  if (typeof fn !== 'function') throw new ImproperlyConfigured(`task ${name} needs a function`);
  checkTaskOptions(name, options);
  return { name, options, fn, file: callerFile() };
}

/** The error of two definitions under one name. */
export function alreadyRegistered(name: string, first: string, second: string): AlreadyRegistered {
  return new AlreadyRegistered(
    first === second
      ? `the task ${name} is defined twice in ${first}`
      : `the task ${name} is defined twice: in ${first} and in ${second}`,
  );
}
