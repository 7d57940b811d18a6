import type { Globals } from '../globals.ts';

/** The command line of `lovage worker`. Times in seconds. */
export interface WorkerFlags extends Globals {
  readonly hostname: string;
  readonly loglevel: 'debug' | 'info' | 'warn' | 'error';
  readonly prefetchMultiplier?: number;
  readonly shutdownGrace?: number;
  readonly json?: boolean;
  readonly concurrency?: number;
  readonly pool?: 'prefork' | 'async';
  readonly timeLimit?: number;
  readonly softTimeLimit?: number;
  readonly maxTasksPerChild?: number;
  readonly queues?: readonly string[];
  readonly excludeQueues?: readonly string[];
  readonly include?: readonly string[];
  readonly discard?: boolean;
  readonly pidfile?: string;
}
