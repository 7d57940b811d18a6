import { availableParallelism, hostname as machineName } from 'node:os';
import type { App } from '@lovage/app';
import { workerName } from '@lovage/protocol';

/** How one worker runs. Everything left out comes from the app's settings. */
export interface WorkerOptions {
  /** `name@host`; `%h`, `%n` and `%d` are expanded as Celery does. Default `celery@%h`. */
  readonly hostname?: string;
  /** Queues to consume. Default: `taskQueues`, or the default queue. */
  readonly queues?: readonly string[];
  /** Tasks run at once. Default `workerConcurrency`, else 100 for async and the number of CPUs for prefork. */
  readonly concurrency?: number;
  /** 'async': many tasks on this event loop. 'prefork': child processes, one task each. */
  readonly pool?: 'async' | 'prefork';
  /** The module that makes the app, for the children of a prefork pool: a path or `file:` URL. */
  readonly appModule?: string;
  /** Settings given on the command line; the children of a prefork pool apply them too. */
  readonly overrides?: Readonly<Record<string, unknown>>;
  /** Claimed ahead per slot, at most. Default `workerPrefetchMultiplier`, 4. 0: no limit but the driver's. */
  readonly prefetchMultiplier?: number;
  /** Seconds; hard limit of tasks that set none. */
  readonly timeLimit?: number;
  /** Seconds; soft limit of tasks that set none. */
  readonly softTimeLimit?: number;
  /** A child ends after this many tasks and is replaced. Prefork only. */
  readonly maxTasksPerChild?: number;
  /** Seconds a warm shutdown waits for running tasks before it turns cold. Default: as long as they take. */
  readonly shutdownGrace?: number;
}

/** WorkerOptions with every blank filled. Times in ms. */
export interface WorkerPlan {
  readonly hostname: string;
  readonly queues: readonly string[];
  readonly concurrency: number;
  readonly pool: 'async' | 'prefork';
  readonly appModule: string | undefined;
  readonly overrides: Readonly<Record<string, unknown>> | undefined;
  /** Most deliveries held unfinished at once: running and waiting for a slot. */
  readonly prefetch: number;
  readonly timeLimitS: number | undefined;
  readonly softTimeLimitS: number | undefined;
  readonly maxTasksPerChild: number | undefined;
  readonly shutdownGraceMs: number | undefined;
  readonly leaseMs: number;
  readonly maxDeliveries: number;
}

/** The most a worker claims ahead when the multiplier says "no limit". */
const UNLIMITED_PREFETCH = 10_000;

export function planWorker(app: App, options: WorkerOptions): WorkerPlan {
  const { conf } = app;
  const pool = options.pool ?? 'async';
  const concurrency =
    options.concurrency ?? conf.workerConcurrency ?? (pool === 'async' ? 100 : availableParallelism());
  const multiplier = options.prefetchMultiplier ?? conf.workerPrefetchMultiplier;
  if (!Number.isInteger(concurrency) || concurrency < 1) {
    throw new RangeError(`concurrency must be a whole number from 1, not ${concurrency}`);
  }
  return {
    hostname: workerName(options.hostname, machineName()),
    queues: options.queues ?? app.queues().map((queue) => queue.name),
    concurrency,
    pool,
    appModule: options.appModule,
    overrides: options.overrides,
    prefetch: multiplier === 0 ? UNLIMITED_PREFETCH : concurrency * multiplier,
    timeLimitS: options.timeLimit ?? conf.taskTimeLimit ?? undefined,
    softTimeLimitS: options.softTimeLimit ?? conf.taskSoftTimeLimit ?? undefined,
    maxTasksPerChild: options.maxTasksPerChild ?? conf.workerMaxTasksPerChild ?? undefined,
    shutdownGraceMs: options.shutdownGrace === undefined ? undefined : options.shutdownGrace * 1000,
    leaseMs: conf.lovageLeaseSeconds * 1000,
    maxDeliveries: conf.lovageMaxDeliveries,
  };
}
