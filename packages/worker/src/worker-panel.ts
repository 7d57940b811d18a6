import type { App } from '@lovage/app';
import type { Pool, QueueSpec } from '@lovage/contracts';
import type { Running } from './assemble.ts';
import type { ControlPanel, HeldTask, PoolPanel, ScheduledTask } from './control/panel.ts';
import type { WorkerPlan } from './options.ts';
import { prefetchOf } from './options.ts';
import type { Totals } from './witness/totals.ts';

export interface PanelParts {
  readonly app: App;
  readonly plan: WorkerPlan;
  readonly running: Running;
  readonly pool: Pool;
  readonly totals: Totals;
  readonly startedMs: number;
  readonly shutdown: () => void;
}

/** A running worker as remote control sees it. */
export function panelOf(parts: PanelParts): ControlPanel {
  const { app, plan, running, pool, totals } = parts;
  const { executions, intake, limits, revoked, queues, events, heart, broker } = running;
  return {
    app,
    hostname: plan.hostname,
    clock: app.clock,
    startedMs: parts.startedMs,
    totals: totals.byTask,
    get prefetch() {
      return prefetchOf(plan, pool.size);
    },
    active: () => executions.all().filter(({ startedMs }) => startedMs !== undefined),
    reserved: () => [
      ...executions.all().filter(({ startedMs }) => startedMs === undefined),
      ...intake.waiting().map((admitted): HeldTask => ({ ...admitted, acknowledged: false })),
    ],
    async scheduled(limit) {
      const found: ScheduledTask[] = [];
      for (const queue of queues.names) {
        const delayed = await broker.delayed(queue, limit);
        found.push(...delayed.map((message) => ({ queue, ...message })));
      }
      return found;
    },
    tasks: {
      revokedIds: () => revoked.ids(),
      revoke(which) {
        revoked.add(which);
        // What was handed over and has not begun comes back, and ends as it must if it is one of them.
        executions.withdraw(Number.POSITIVE_INFINITY);
      },
      terminate: (matches, signal) => executions.terminate(matches, signal),
      setRateLimit: (task, limit) => intake.throttle.setLimit(task, limit),
      rateLimit: (task) => intake.throttle.limit(task),
      setTimeLimits: (task, { hardS, softS }) => limits.set(task, { hardS, softS }),
    },
    pool: poolPanel(plan, pool, totals),
    queues: {
      list: () => queues.list(),
      add: (queue: QueueSpec) => queues.add(queue),
      cancel: (name) => queues.cancel(name),
    },
    events: {
      enable: () => events?.enable() ?? false,
      disable: () => events?.disable() ?? false,
      heartbeat: () => heart?.beat(),
      send: (type, fields) => events?.send(type, fields),
    },
    autoscaler: running.autoscaler,
    shutdown: parts.shutdown,
  };
}

function poolPanel(plan: WorkerPlan, pool: Pool, totals: Totals): PoolPanel {
  const pids = () => (pool.pids.length > 0 ? pool.pids : [process.pid]);
  return {
    kind: plan.pool,
    get size() {
      return pool.size;
    },
    get busy() {
      return pool.busy;
    },
    get pids() {
      return pids();
    },
    maxTasksPerChild: plan.maxTasksPerChild,
    timeouts: { softS: plan.softTimeLimitS ?? 0, hardS: plan.timeLimitS ?? 0 },
    get writes() {
      return pool.begun ?? new Map([[process.pid, totals.all]]);
    },
    grow: (by) => pool.resize(pool.size + by),
    async shrink(by) {
      // The text of Celery, whose users look for it.
      if (pool.size - by < 1) throw new RangeError("Can't shrink pool. All processes busy!");
      await pool.resize(pool.size - by);
    },
    restart: () => pool.restart(),
  };
}
