import type { ErrorDetails } from '@lovage/contracts';
import type { ChildPlan } from './child.ts';
import { entryUrl } from './entry-url.ts';
import { childExecArgv } from './exec-argv.ts';
import { checkMaximum } from './size.ts';

export interface ProcessPoolOptions {
  /** Children, each with one job at a time. */
  readonly size: number;
  /** The module whose named exports are a PoolEntry: a URL, or a path of a file. Each child imports it. */
  readonly entry: URL | string;
  /** Handed to the entry's `init` in each child. Structured-cloneable. */
  readonly data?: unknown;
  /** A child ends in good order after this many jobs, and another takes its place. Default: it stays. */
  readonly maxTasksPerChild?: number;
  /** A child that has more resident memory than this, in KiB, after a job ends in good order. Default: it stays. */
  readonly maxMemoryPerChildKib?: number;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Node's flags for the children. Default: those of this process, without its debugger, tests and `--eval`. */
  readonly execArgv?: readonly string[];
  /** A child that is not ready by then is killed and counts as failed. Default 60,000. */
  readonly startTimeoutMs?: number;
  /** A child that takes longer over its entry's `shutdown` is killed. Default 5,000. */
  readonly shutdownTimeoutMs?: number;
  readonly onSpawn?: (pid: number) => void;
  /** `detail` as in a lost outcome: 'exit code 0' is the good end. */
  readonly onExit?: (pid: number, detail: string) => void;
  /** A child is replaced because it has outgrown `maxMemoryPerChildKib`. */
  readonly onTooLarge?: (pid: number, residentKib: number) => void;
  /**
   * An error that nobody caught ended a child, its `shutdown` threw, or, once the pool was open, its `init` threw or
   * took too long. `pid` is undefined when there was no process. Default: a process warning.
   */
  readonly onError?: (pid: number | undefined, error: ErrorDetails) => void;
}

/**
 * @throws RangeError when a maximum makes no sense.
 * @throws DataCloneError when `data` cannot be cloned.
 */
export function childPlan(options: ProcessPoolOptions): ChildPlan {
  const { entry, data, env, execArgv, maxTasksPerChild, maxMemoryPerChildKib } = options;
  const { startTimeoutMs = 60_000, shutdownTimeoutMs = 5000 } = options;
  checkMaximum('maxTasksPerChild', maxTasksPerChild);
  checkMaximum('maxMemoryPerChildKib', maxMemoryPerChildKib);
  // Now, where the caller can see it, rather than at the first fork.
  structuredClone(data);
  return {
    entry: entryUrl(entry),
    data,
    maxMemoryKib: maxMemoryPerChildKib,
    execArgv: execArgv ?? childExecArgv(),
    env: { ...process.env, ...env },
    startTimeoutMs,
    shutdownTimeoutMs,
  };
}
