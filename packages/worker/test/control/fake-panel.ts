/** A worker that is nothing but its panel: what remote control sees is given, what it does is written down. */
import type { TestContext } from 'node:test';
import type { AppOptions } from '@lovage/app';
import { App } from '@lovage/app';
import type { Delivery, Envelope, QueueSpec } from '@lovage/contracts';
import { driver as memory } from '@lovage/memory';
import type { OutgoingHeaders } from '@lovage/protocol';
import { EMPTY_EMBED, json, readHeaders, writeTask } from '@lovage/protocol';
import type {
  AutoscalePanel,
  ControlPanel,
  HeldTask,
  PoolPanel,
  RevokedTasks,
  ScheduledTask,
} from '../../src/control/panel.ts';

export const HOSTNAME = 'w1@host1';

/** A logger that keeps its lines: 'info Tasks flagged as revoked: a'. */
export function keptLog() {
  const lines: string[] = [];
  const write = (level: string) => (message: string) => void lines.push(`${level} ${message}`);
  const logger = {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: () => logger,
    enabled: () => true,
  };
  return { lines, logger };
}

export class FakePanel implements ControlPanel {
  readonly app: App;
  readonly hostname = HOSTNAME;
  readonly startedMs = Date.now() - 4000;
  readonly totals = new Map<string, number>();
  readonly prefetch = 8;
  readonly log = keptLog();
  /** What was done: 'revoke a', 'grow 1'. */
  readonly done: string[] = [];
  readonly revoked: string[] = [];
  running: HeldTask[] = [];
  waiting: HeldTask[] = [];
  delayed: ScheduledTask[] = [];
  consumed: QueueSpec[] = [{ name: 'celery' }];
  limits = new Map<string, string | number | null>();
  taskEvents = false;
  alwaysEvents = false;
  autoscaler: AutoscalePanel | undefined;
  kind: PoolPanel['kind'] = 'prefork';
  size = 2;
  writes = new Map<number, number>();
  /** What the next change of the pool rejects with. */
  poolError: Error | undefined;

  constructor(t: TestContext, conf: AppOptions = {}) {
    const url = `memory://control-${crypto.randomUUID()}`;
    this.app = new App('control', {
      environment: {},
      brokerUrl: url,
      drivers: [memory],
      logger: this.log.logger,
      ...conf,
    });
    t.after(() => this.app.close());
  }

  get clock() {
    return this.app.clock;
  }

  active = () => this.running;
  reserved = () => this.waiting;
  scheduled = async () => this.delayed;

  readonly tasks = {
    revokedIds: () => this.revoked,
    revoke: (which: readonly RevokedTasks[]) => {
      for (const each of which) {
        this.done.push(each.kind === 'id' ? `revoke ${each.taskId}` : `revoke ${each.header}=${each.value}`);
        if (each.kind === 'id' && !this.revoked.includes(each.taskId)) this.revoked.push(each.taskId);
      }
    },
    terminate: (matches: (task: HeldTask) => boolean, signal: NodeJS.Signals) => {
      const ids = this.running.filter(matches).map(({ headers }) => headers.id);
      for (const id of ids) this.done.push(`${signal} ${id}`);
      return ids;
    },
    setRateLimit: (task: string, limit: string | number | null) => {
      if (limit === 'abc')
        throw new RangeError(
          `Invalid rate limit string: ValueError("could not convert string to float: 'abc'")`,
        );
      if (limit === 'x/y') throw new RangeError("KeyError('y')");
      this.limits.set(task, limit || null);
    },
    rateLimit: (task: string) => this.limits.get(task) ?? null,
    setTimeLimits: (task: string, { hardS, softS }: { readonly hardS?: number; readonly softS?: number }) => {
      this.done.push(`limits of ${task}: ${hardS} ${softS}`);
    },
  };

  get pool(): PoolPanel {
    const change = async (what: string) => {
      if (this.poolError) throw this.poolError;
      this.done.push(what);
    };
    return {
      kind: this.kind,
      size: this.size,
      busy: this.running.length,
      pids: this.kind === 'prefork' ? [22626, 22627] : [process.pid],
      maxTasksPerChild: undefined,
      timeouts: { softS: 0, hardS: 0 },
      writes: this.writes,
      grow: (by) => change(`grow ${by}`),
      shrink: (by) => change(`shrink ${by}`),
      restart: () => change('restart'),
    };
  }

  readonly queues = {
    list: () => this.consumed,
    add: async (queue: QueueSpec) => {
      this.consumed = [...this.consumed.filter(({ name }) => name !== queue.name), queue];
    },
    cancel: async (name: string) => {
      this.consumed = this.consumed.filter((queue) => queue.name !== name);
    },
  };

  readonly events = {
    enable: () => {
      const changed = !this.taskEvents;
      this.taskEvents = true;
      return changed;
    },
    disable: () => {
      if (this.alwaysEvents || !this.taskEvents) return false;
      this.taskEvents = false;
      return true;
    },
    heartbeat: () => void this.done.push('heartbeat'),
    send: (type: string) => void this.done.push(`event ${type}`),
  };

  shutdown(): void {
    this.done.push('shutdown');
  }
}

/** A task that a worker holds. */
export function held(
  id: string,
  task: string,
  args: readonly unknown[],
  {
    headers: more,
    ...state
  }: Omit<Partial<HeldTask>, 'headers'> & { readonly headers?: Partial<OutgoingHeaders> } = {},
): HeldTask {
  const envelope = messageOf(id, task, args, more);
  const delivery: Delivery = { queue: 'celery', envelope, deliveries: 1, redelivered: false, receipt: id };
  return { delivery, acknowledged: false, ...state, headers: readHeaders(envelope) };
}

export function messageOf(
  id: string,
  task: string,
  args: readonly unknown[],
  more: Partial<OutgoingHeaders> = {},
): Envelope {
  const body = { args, kwargs: {}, embed: EMPTY_EMBED };
  return writeTask({ task, id, origin: 'gen1@host1', ...more }, body, { serializer: json, replyTo: '' });
}
