import type { ErrorInfo } from '@lovage/protocol';
import { errorInfo, errorTraceback } from '@lovage/protocol';

/**
 * A task's failure, as its caller gets it. All of it is data that came over the wire: no class is looked up by name.
 *
 * @example
 * try { await result.get() } catch (error) {
 *   if (error instanceof TaskError && error.type === 'CardDeclined') …
 * }
 */
export class TaskError extends Error {
  override readonly name = 'TaskError';
  /** Name of the remote error's class: 'ValueError', 'TypeError'. */
  readonly type: string;
  /** Where that class lives: 'builtins', 'shop.errors'; 'js' for errors of this language. */
  readonly module: string;
  /** What the remote error was made with. */
  readonly args: readonly unknown[];
  /** The remote stack, as text. */
  readonly traceback: string | null;

  constructor(info: ErrorInfo, traceback: string | null, options?: ErrorOptions) {
    super(messageOf(info), options);
    this.type = info.type;
    this.module = info.module;
    this.args = info.message;
    this.traceback = traceback;
  }

  /** The failure of a task that ran in this process; the error itself is its `cause`. */
  static from(error: unknown): TaskError {
    return new TaskError(errorInfo(error), errorTraceback(error), { cause: error });
  }

  /** How it travels on, when a task lets it pass: as the error it was. */
  toErrorInfo(): ErrorInfo {
    return { type: this.type, module: this.module, message: this.args };
  }
}

/** As Python shows an error's text: nothing, the one argument, or all of them. */
function messageOf({ type, message }: ErrorInfo): string {
  if (message.length === 0) return type;
  return message.map((part) => (typeof part === 'string' ? part : JSON.stringify(part))).join(', ');
}
