import type { SchedulerFlags } from '../beat/flags.ts';
import type { Globals } from '../globals.ts';
import type { PoolKind } from './parsers.ts';

/** The command line of `lovage worker`. Times in seconds. */
export interface WorkerFlags extends Globals, SchedulerFlags {
  readonly hostname: string;
  readonly loglevel: 'debug' | 'info' | 'warn' | 'error';
  readonly json?: boolean;
  readonly prefetchMultiplier?: number;
  readonly disablePrefetch?: boolean;
  readonly statedb?: string;
  readonly http?: string;
  readonly shutdownGrace?: number;
  readonly softShutdownTimeout?: number;
  readonly concurrency?: number;
  readonly autoscale?: { readonly max: number; readonly min: number };
  readonly pool?: PoolKind;
  readonly timeLimit?: number;
  readonly softTimeLimit?: number;
  readonly maxTasksPerChild?: number;
  readonly maxMemoryPerChild?: number;
  readonly queues?: readonly string[];
  readonly excludeQueues?: readonly string[];
  readonly include?: readonly string[];
  readonly discard?: boolean;
  readonly taskEvents?: boolean;
  readonly beat?: boolean;
  readonly events?: boolean;
  readonly heartbeatInterval?: number;
  /** commander reads `--without-x` as an option of its own, not as the contrary of `--x`. */
  readonly withoutHeartbeat?: boolean;
  readonly withoutMingle?: boolean;
  readonly withoutGossip?: boolean;
  readonly detach?: boolean;
  readonly logfile?: string;
  readonly pidfile?: string;
  readonly uid?: string;
  readonly gid?: string;
  readonly umask?: number;
  readonly executable?: string;
}
