import type { App } from '@lovage/app';
import type { Delivery, Envelope, QueueSpec } from '@lovage/contracts';
import type { LamportClock, TaskHeaders } from '@lovage/protocol';

/**
 * What remote control sees of a worker and may have done to it. The commands know nothing else of the worker,
 * and the worker nothing of the commands.
 */
export interface ControlPanel {
  readonly app: App;
  readonly hostname: string;
  readonly clock: LamportClock;
  /** When the worker started, epoch ms. */
  readonly startedMs: number;
  /** Tasks received since then, by name. */
  readonly totals: ReadonlyMap<string, number>;
  /** Deliveries held at once, at most. */
  readonly prefetch: number;

  /** Running. */
  active(): readonly HeldTask[];
  /** Claimed, and waiting for a slot or for its rate limit. */
  reserved(): readonly HeldTask[];
  /** Not due yet, in the queues that this worker consumes: the soonest `limit` of each. */
  scheduled(limit: number): Promise<readonly ScheduledTask[]>;

  readonly tasks: TaskPanel;
  readonly pool: PoolPanel;
  readonly queues: QueuePanel;
  readonly events: EventPanel;
  /** Undefined without `--autoscale`. */
  readonly autoscaler: AutoscalePanel | undefined;

  /** Begins a warm shutdown; does not wait for it. */
  shutdown(): void;
}

/** A delivery that this worker holds. */
export interface HeldTask {
  readonly delivery: Delivery;
  readonly headers: TaskHeaders;
  /** When its function was called, epoch ms; undefined while it waits. */
  readonly startedMs?: number;
  /** The process that runs it. */
  readonly pid?: number;
  /** The broker has forgotten the message already. */
  readonly acknowledged: boolean;
}

export interface ScheduledTask {
  readonly queue: string;
  readonly envelope: Envelope;
  /** Epoch ms. */
  readonly notBefore: number;
}

/** A task by its id, or all that carry a stamp. */
export type RevokedTasks =
  | { readonly kind: 'id'; readonly taskId: string }
  | { readonly kind: 'stamp'; readonly header: string; readonly value: string };

export interface TaskPanel {
  /** Ids that are revoked now. */
  revokedIds(): readonly string[];
  /** They must not run: kept here, in the store, and, with a state file, over restarts, as long as this worker is set to. */
  revoke(which: readonly RevokedTasks[]): void;
  /** Ends the running tasks that `matches` finds; answers their ids. Their state becomes REVOKED. */
  terminate(matches: (task: HeldTask) => boolean, signal: NodeJS.Signals): readonly string[];
  /**
   * Null lifts the limit.
   * @throws Error with Celery's text where `limit` cannot be read
   */
  setRateLimit(task: string, limit: string | number | null): void;
  /** Seconds; undefined: none. For executions that start from now on. */
  setTimeLimits(task: string, limits: { readonly hardS?: number; readonly softS?: number }): void;
  /** The rate limit in force, as it was written; null for none. */
  rateLimit(task: string): string | number | null;
}

export interface PoolPanel {
  readonly kind: 'prefork' | 'async' | 'threads' | 'solo';
  readonly size: number;
  readonly busy: number;
  /** Of its children; its own where it has none. */
  readonly pids: readonly number[];
  readonly maxTasksPerChild: number | undefined;
  /** Seconds; 0 for none. */
  readonly timeouts: { readonly softS: number; readonly hardS: number };
  /** Jobs begun since the start, by worker process. */
  readonly writes: ReadonlyMap<number, number>;
  grow(by: number): Promise<void>;
  /** @throws RangeError when that would leave no slot */
  shrink(by: number): Promise<void>;
  restart(): Promise<void>;
}

export interface QueuePanel {
  list(): readonly QueueSpec[];
  /** Also when it is consumed already. */
  add(queue: QueueSpec): Promise<void>;
  /** Also when it is not consumed. */
  cancel(name: string): Promise<void>;
}

export interface EventPanel {
  /** False when they were on. */
  enable(): boolean;
  /** False when they were off, or cannot be turned off: the worker was started with `-E`. */
  disable(): boolean;
  /** Sends a heartbeat now. */
  heartbeat(): void;
  /** An event of any type, from this worker. */
  send(type: string, fields: Readonly<Record<string, unknown>>): void;
}

export interface AutoscalePanel {
  readonly max: number;
  readonly min: number;
  readonly current: number;
  /** Jobs running and waiting. */
  readonly queued: number;
  /** What is left out stays. @throws RangeError unless 0 ≤ min ≤ max and 1 ≤ max */
  set(range: { readonly max?: number; readonly min?: number }): void;
}
