import { availableParallelism, hostname as machineName } from 'node:os';
import type { App } from '@lovage/app';
import { readHttpAddress } from '@lovage/app';
import { workerName } from '@lovage/protocol';

/**
 * 'prefork': child processes, one task each. 'threads': threads, one task each. 'async': many tasks on this event loop.
 * 'solo': one at a time, on this event loop.
 */
export type PoolKind = 'prefork' | 'threads' | 'async' | 'solo';

/** How many slots a pool has at least and at most, as the work demands. */
export interface AutoscaleRange {
  readonly max: number;
  readonly min: number;
}

/** How one worker runs. Everything left out comes from the app's settings. */
export interface WorkerOptions {
  /** `name@host`; `%h`, `%n` and `%d` are expanded as Celery does. Default `celery@%h`. */
  readonly hostname?: string;
  /** Queues to consume. Default: `taskQueues`, or the default queue. */
  readonly queues?: readonly string[];
  /** Tasks run at once. Default `workerConcurrency`, else 100 for async and the number of CPUs for prefork and threads. */
  readonly concurrency?: number;
  /** Default 'async'. */
  readonly pool?: PoolKind;
  /** The module that makes the app, for the children of a prefork pool and for threads: a path or `file:` URL. */
  readonly appModule?: string;
  /** Settings given on the command line; children apply them too. */
  readonly overrides?: Readonly<Record<string, unknown>>;
  /** Claimed ahead per slot, at most. Default `workerPrefetchMultiplier`, 4. 0: no limit but the driver's. */
  readonly prefetchMultiplier?: number;
  /** Grow and shrink the pool between these sizes; it starts with the smaller. Not for solo. */
  readonly autoscale?: AutoscaleRange;
  /** Seconds; hard limit of tasks that set none. */
  readonly timeLimit?: number;
  /** Seconds; soft limit of tasks that set none. */
  readonly softTimeLimit?: number;
  /** A child or thread ends after this many tasks and is replaced. */
  readonly maxTasksPerChild?: number;
  /** KiB of resident memory after which a child is replaced, once its task is done. Prefork only. */
  readonly maxMemoryPerChild?: number;
  /** Seconds a warm shutdown waits for running tasks before it turns cold. Default: as long as they take. */
  readonly shutdownGrace?: number;
  /** Seconds a cold shutdown waits for running tasks first. Default `workerSoftShutdownTimeout`, 0. */
  readonly softShutdownTimeout?: number;
  /** Send events of tasks, for whoever watches. Default `workerSendTaskEvents`. */
  readonly taskEvents?: boolean;
  /** Seconds between heartbeats, which tell other workers and monitors that this one lives. Default 2. */
  readonly heartbeatInterval?: number;
  /** Say nothing of itself: no heartbeats, and no events when it comes and goes. */
  readonly withoutHeartbeat?: boolean;
  /** Do not ask other workers at the start for what they know to be revoked. */
  readonly withoutMingle?: boolean;
  /** Do not follow the heartbeats of other workers. */
  readonly withoutGossip?: boolean;
  /** File that keeps revoked tasks and the logical clock from one run to the next. Default `workerStateDb`. */
  readonly stateDb?: string;
  /** Where `/livez`, `/readyz` and `/metrics` are served: `127.0.0.1:8080`. Default: nowhere. */
  readonly http?: string;
}

/** WorkerOptions with every blank filled. Times in ms. */
export interface WorkerPlan {
  readonly hostname: string;
  readonly queues: readonly string[];
  readonly concurrency: number;
  readonly pool: PoolKind;
  readonly appModule: string | undefined;
  readonly overrides: Readonly<Record<string, unknown>> | undefined;
  /** Deliveries held unfinished at once for each slot, running and waiting, at most; 0: no limit. */
  readonly prefetchMultiplier: number;
  readonly autoscale: AutoscaleRange | undefined;
  readonly timeLimitS: number | undefined;
  readonly softTimeLimitS: number | undefined;
  readonly maxTasksPerChild: number | undefined;
  readonly maxMemoryPerChildKib: number | undefined;
  readonly shutdownGraceMs: number | undefined;
  readonly softShutdownMs: number;
  readonly taskEvents: boolean;
  /** Undefined: no heartbeats. */
  readonly heartbeatMs: number | undefined;
  readonly mingle: boolean;
  readonly gossip: boolean;
  readonly stateDb: string | undefined;
  readonly http: string | undefined;
  readonly leaseMs: number;
  readonly maxDeliveries: number;
}

/** The most a worker claims ahead when the multiplier says "no limit". */
const UNLIMITED_PREFETCH = 10_000;

/** @throws RangeError for a number that makes no sense, ImproperlyConfigured for an address */
export function planWorker(app: App, options: WorkerOptions): WorkerPlan {
  const { conf } = app;
  const pool = options.pool ?? 'async';
  const { autoscale } = options;
  if (autoscale && pool === 'solo')
    throw new RangeError('the solo pool has one slot: it cannot be autoscaled');
  return {
    hostname: workerName(options.hostname, machineName()),
    queues: options.queues ?? app.queues().map((queue) => queue.name),
    concurrency: concurrencyOf(pool, options, conf.workerConcurrency),
    pool,
    appModule: options.appModule,
    overrides: options.overrides,
    prefetchMultiplier:
      options.prefetchMultiplier ?? (conf.workerDisablePrefetch ? 1 : conf.workerPrefetchMultiplier),
    autoscale,
    timeLimitS: options.timeLimit ?? conf.taskTimeLimit ?? undefined,
    softTimeLimitS: options.softTimeLimit ?? conf.taskSoftTimeLimit ?? undefined,
    maxTasksPerChild: options.maxTasksPerChild ?? conf.workerMaxTasksPerChild ?? undefined,
    maxMemoryPerChildKib: options.maxMemoryPerChild ?? conf.workerMaxMemoryPerChild ?? undefined,
    shutdownGraceMs: options.shutdownGrace === undefined ? undefined : options.shutdownGrace * 1000,
    softShutdownMs: (options.softShutdownTimeout ?? conf.workerSoftShutdownTimeout) * 1000,
    taskEvents: options.taskEvents ?? conf.workerSendTaskEvents,
    heartbeatMs: options.withoutHeartbeat ? undefined : heartbeatMs(options.heartbeatInterval ?? 2),
    mingle: !options.withoutMingle,
    gossip: !options.withoutGossip,
    stateDb: options.stateDb ?? conf.workerStateDb ?? undefined,
    http: options.http === undefined ? undefined : checkedAddress(options.http),
    leaseMs: conf.lovageLeaseSeconds * 1000,
    maxDeliveries: conf.lovageMaxDeliveries,
  };
}

/** The most deliveries held unfinished at once by a worker of so many slots. */
export function prefetchOf({ prefetchMultiplier }: WorkerPlan, slots: number): number {
  return prefetchMultiplier === 0 ? UNLIMITED_PREFETCH : slots * prefetchMultiplier;
}

function concurrencyOf(pool: PoolKind, options: WorkerOptions, setting: number | null): number {
  if (pool === 'solo') {
    if ((options.concurrency ?? 1) === 1) return 1;
    throw new RangeError(
      `the solo pool runs one task at a time: concurrency cannot be ${options.concurrency}`,
    );
  }
  const usual = pool === 'async' ? 100 : availableParallelism();
  const concurrency = options.autoscale
    ? Math.max(1, options.autoscale.min)
    : (options.concurrency ?? setting ?? usual);
  if (
    options.concurrency !== undefined &&
    !(Number.isInteger(options.concurrency) && options.concurrency >= 1)
  ) {
    throw new RangeError(`concurrency must be a whole number from 1, not ${options.concurrency}`);
  }
  return concurrency;
}

/** Now, not when everything else has started. */
function checkedAddress(address: string): string {
  readHttpAddress(address);
  return address;
}

function heartbeatMs(seconds: number): number {
  if (seconds > 0 && Number.isFinite(seconds)) return seconds * 1000;
  throw new RangeError(`heartbeatInterval must be a number of seconds above 0, not ${seconds}`);
}
